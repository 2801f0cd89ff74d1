/** The arrows of docs/architecture.md, as rules. @type {import('dependency-cruiser').IConfiguration} */
const composition = '^(worker|client)\\.ts$|^cli/main\\.ts$|^server/main\\.ts$';
const forbid = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    forbid('no-circular', {}, { circular: true }, 'A cycle has no first file to read.'),
    forbid('domain-is-pure', { path: '^domain/' }, { pathNot: '^domain/' }, 'domain/ imports nothing but itself.'),
    forbid(
      'config-knows-domain',
      { path: '^config/' },
      { path: '^(activities|adapters|cli|emulator|server|services|workflows|worker|client)' },
      'config/ stands on domain/ only.',
    ),
    forbid(
      'workflows-know-domain',
      { path: '^workflows/' },
      { path: '^(adapters|cli|config|emulator|server|services|worker|client)' },
      'Workflow code runs in the sandbox.',
    ),
    forbid(
      'workflows-import-activity-types',
      { path: '^workflows/' },
      { path: '^activities/', dependencyTypesNot: ['type-only'] },
      'Only the types of activities may cross.',
    ),
    forbid(
      'workflow-package-in-workflows',
      { path: '^(activities|adapters|cli|config|domain|emulator|server|services|client|worker)' },
      { path: 'node_modules/@temporalio/workflow', dependencyTypesNot: ['type-only'] },
      '@temporalio/workflow belongs to workflows/.',
    ),
    forbid(
      'activities-know-ports',
      { path: '^activities/' },
      { path: '^(adapters|cli|config|emulator|server|services|workflows|worker|client)' },
      'Activities declare ports; adapters satisfy them.',
    ),
    forbid(
      'adapters-know-no-doers',
      { path: '^adapters/' },
      { path: '^(cli|emulator|server|services|workflows|worker|client)' },
      'adapters/ talks to vendors only.',
    ),
    forbid(
      'emulator-stands-alone',
      { path: '^emulator/' },
      { path: '^(activities|adapters|bench|cli|config|domain|server|services|workflows|worker|client)' },
      'The emulator is judged by clients that nobody here wrote.',
    ),
    forbid(
      'services-stand-alone',
      { path: '^services/' },
      { path: '^(activities|adapters|bench|cli|config|emulator|server|workflows|worker|client)' },
      'services/ starts programs, nothing else.',
    ),
    forbid(
      'services-are-started-by-few',
      { path: '^(activities|adapters|config|domain|server|workflows|worker|client)' },
      { path: '^(services|emulator)/' },
      'Started by cli/, bench/ and test/ only.',
    ),
    forbid(
      'nobody-imports-a-composition-root',
      { pathNot: '^(test|bench|cli)/|^(worker|client)\\.ts$' },
      { path: composition },
      'Composition roots are ends.',
    ),
    forbid(
      'pg-in-its-adapter',
      { pathNot: '^(adapters/postgres|services|emulator|test|bench)/' },
      { path: 'node_modules/(pg|pg-copy-streams)/' },
      'SQL lives in adapters/postgres.',
    ),
    forbid(
      'jsforce-in-its-adapter',
      { pathNot: '^(adapters/salesforce|test|bench)/' },
      { path: 'node_modules/jsforce/' },
      'jsforce lives in adapters/salesforce.',
    ),
    forbid('not-unresolvable', {}, { couldNotResolve: true }, 'An import must resolve.'),
    forbid(
      'no-dev-dependency-in-product',
      { pathNot: '^(test|bench)/' },
      { dependencyTypes: ['npm-dev'] },
      'The package ships without its devDependencies.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.mooring)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
