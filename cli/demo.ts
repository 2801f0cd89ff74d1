import { fileURLToPath } from 'node:url';
import colors from 'picocolors';
import { setTimeout as delay } from 'node:timers/promises';
import { isError } from '../config/diagnostic.ts';
import { loadConfig } from '../config/load-config.ts';
import { printDiagnostics } from '../config/print-diagnostics.ts';
import { MooringError } from '../domain/errors.ts';
import { redirectUriOf, widgetUrlOf } from '../server/redirect-uri.ts';
import { accountName } from './account-name.ts';
import { createLink } from './authorize.ts';
import { carryOut } from './carry-out.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { APP, DEMO_SIZE, peopleLine, startDemoOrg, type DemoOrg } from './demo-org.ts';
import { followSync } from './follow-sync.ts';
import { makePlan } from './make-plan.ts';
import { startSystem, type StartedSystem } from './start-system.ts';
import { summaryTable } from './tables.ts';
import { walkConsent } from './walk-consent.ts';

const CONNECTION = 'acme';
/** In a checkout beside cli/, in the package one folder further up. */
const EXAMPLE = ['../examples/acme', '../../examples/acme'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const PATIENCE_MS = 60_000;

/** The settings that `examples/acme` refers to; the worker and the server of this process resolve them. */
function provideSecrets(org: DemoOrg): void {
  process.env['ACME_ORG'] = org.emulator.url;
  process.env['ACME_CLIENT_ID'] = APP.clientId;
  process.env['ACME_CLIENT_SECRET'] = APP.clientSecret;
}

async function loadExample() {
  for (const path of EXAMPLE) {
    const loaded = await loadConfig([path]);
    const [spec] = loaded.connections;
    if (spec) return { ...loaded, spec };
    if (path === EXAMPLE.at(-1) && loaded.diagnostics.some(isError))
      throw new MooringError('CONFIG_INVALID', printDiagnostics(loaded.diagnostics));
  }
  throw new MooringError(
    'CONFIG_INVALID',
    `The example is missing: neither ${EXAMPLE.join(' nor ')} holds a connection.`,
  );
}

/** The sync that the connection starts by itself once it is authorized. */
async function firstSync({ mooring }: StartedSystem): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const { state, runningSyncs, lastRefusal } = await mooring.status(CONNECTION);
    if (lastRefusal !== undefined)
      throw new MooringError('SERVICE_FAILED', `The authorization did not succeed: ${lastRefusal}`);
    const [syncId] = runningSyncs;
    if (state === 'active' && syncId !== undefined) return syncId;
    await delay(100);
  }
  throw new MooringError(
    'SERVICE_FAILED',
    `Connection "${CONNECTION}" started no sync within ${PATIENCE_MS / 1000} seconds of its authorization.`,
  );
}

const step = ({ print }: CliContext, text: string): void => {
  print(`${colors.cyan('▸')} ${text}`);
};

async function playStory(system: StartedSystem, org: DemoOrg, context: CliContext): Promise<number> {
  const [emulated] = org.emulator.orgs;
  const person = emulated?.users[0];
  if (!emulated || !person) throw new MooringError('SERVICE_FAILED', 'The emulated org has nobody who could log in.');
  await org.emulator.addRedirectUri(APP.clientId, redirectUriOf(system.settings.baseUrl));
  await org.emulator.setCanvasUrl(APP.clientId, widgetUrlOf(system.settings.baseUrl, CONNECTION));
  const { spec, ...loaded } = await loadExample();
  step(context, `Applying examples/acme: ${spec.jobs.length} jobs, ${spec.chains.length} chain`);
  const { plan } = await makePlan(system, loaded);
  const appliedBy = accountName();
  await carryOut(system, plan, {
    provenance: { appliedBy, commit: null, author: null, isDirty: null, rolledBackTo: null },
  });
  step(context, `Authorizing: ${person.username} logs in at ${org.emulator.url}, presses Allow`);
  const arrived = await walkConsent(await createLink(system, CONNECTION), person);
  if (arrived !== 200)
    throw new MooringError('SERVICE_FAILED', `The callback page answered ${arrived}; see ${system.logFile}.`);
  const syncId = await firstSync(system);
  const { orgName, orgId } = await system.mooring.status(CONNECTION);
  step(context, `Bound to ${orgName ?? 'org'} (${orgId ?? ''}). Running ${syncId}:`);
  const result = await followSync(system, syncId, context);
  context.print(`\n${summaryTable(result.jobs)}\n`);
  return result.jobs.every(({ status }) => status === 'success' || status === 'partial_success')
    ? EXIT.clean
    : EXIT.failed;
}

function showPlaces(system: StartedSystem, { emulator }: DemoOrg, { print }: CliContext): void {
  const { settings, uiUrl, temporalCli = '' } = system;
  const workflows = uiUrl === undefined ? '' : `${uiUrl}/namespaces/${settings.temporal.namespace}/workflows`;
  for (const [what, where] of [
    ['Temporal Web UI', workflows],
    ['Temporal CLI', temporalCli],
    ['Salesforce', `${emulator.homeUrl}   (${peopleLine(emulator)})`],
    ['HTTP server', `${settings.baseUrl}/health`],
    ['PostgreSQL', `psql "${settings.databaseUrl}"   (tables in the schema "model")`],
    ['Log', system.logFile],
  ] as const) {
    if (where !== '') print(`${what.padEnd(16)}${where}`);
  }
}

async function demo(exit: boolean, context: CliContext): Promise<number> {
  step(context, 'Starting PostgreSQL, Temporal, a worker and the HTTP server');
  const system = await startSystem(context, { keep: false });
  try {
    const { users, accounts, contacts, relationships } = DEMO_SIZE;
    step(
      context,
      `Generating a Salesforce org: ${users} users, ${accounts} accounts, ${contacts} contacts, ${relationships} relationships`,
    );
    const org = await startDemoOrg({ name: CONNECTION, sizes: DEMO_SIZE, dataDir: system.dataFolder });
    try {
      provideSecrets(org);
      const outcome = await playStory(system, org, context);
      showPlaces(system, org, context);
      if (exit) return outcome;
      context.print('\nTry next, in another terminal in this folder:');
      for (const command of ['status acme', 'run acme company-sync', 'authorize acme --no-follow'])
        context.print(`  npm run -s mooring -- ${command}`);
      context.print('\nCtrl-C stops everything; nothing is kept.');
      const death = await Promise.race([context.interrupted.then(() => undefined), system.died, org.died]);
      if (death instanceof Error) throw death;
      return outcome;
    } finally {
      await org.stop();
    }
  } finally {
    await system.stop();
  }
}

export const addDemo: AddCommand = (program, context) => {
  program
    .command('demo')
    .description(
      'See it work: start everything, authorize an emulated org as a person would, and watch the six jobs fill PostgreSQL.',
    )
    .option('--exit', 'end when the jobs have ended')
    .addHelpText('after', '\nExamples:\n  $ mooring demo\n  $ mooring demo --exit')
    .action(async ({ exit }: { exit?: true }) => context.exit(await demo(exit === true, context)));
};
