import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SECTIONS } from '../../config/configuration-page.ts';

/** Its keys stand in a section of their own. */
const BLOCK = 'block';
const CLAIMS = [
  'adapters/postgres/company-claims',
  'an account takes over the company that the resolution pairs',
] as const;
const CUSTOM = ['e2e/plan', 'a job of its own appears with its table'] as const;
const DELETED = ['adapters/postgres/page-statements', 'a deleted row is deleted here where the job says so'] as const;
const ENABLED = ['activities/plan', 'a disabled job runs when it is named and not otherwise'] as const;
const DEPENDENCY = ['workflows/sync-run', 'who waits for success is skipped after rejects, with the reason'] as const;
const EXTRACT = ['activities/sync', 'a job that must go by REST does'] as const;
const LEAVES = ['activities/modes', 'a row that leaves the filter is treated as'] as const;
const ORDER = ['workflows/sync-run', 'the six jobs run in the order of their dependencies'] as const;
const PICKLISTS = ['activities/sync', 'picklists are read from describe'] as const;
const OPTIONAL_FILTER = ['domain/compile-job', 'a condition on a field that the org lacks is left out'] as const;
const SCHEDULED = ['adapters/temporal/schedules', 'a schedule says what it starts, when'] as const;
const SECRET = ['adapters/secrets/resolve-secret', 'a secret is read from a variable or a file'] as const;
const TOLD = ['activities/notifications', 'an end that is reported again and again is told once'] as const;
const VERSION = ['config/published-schema', 'an editor marks what the loader refuses by schema'] as const;
const WORDS = ['config/schedule-words', 'times of day become cron expressions'] as const;
const LOOKED_UP = [
  'adapters/postgres/mapping-functions',
  'a derived mapping looks up what its functions make',
] as const;
const SPLIT = ['adapters/postgres/mapping-functions', 'a part of a text, from either end'] as const;

/** Which test shows what a key does, by section of docs/configuration.md and key: the file below test/, and how the test begins. */
const SHOWN_BY: Readonly<
  Record<string, Readonly<Record<string, typeof BLOCK | readonly [file: string, test: string]>>>
> = {
  Connection: {
    salesforce: BLOCK,
    companyResolution: BLOCK,
    widget: BLOCK,
    notify: BLOCK,
    jobs: BLOCK,
    chains: BLOCK,
    grants: ['e2e/readers-and-tables', 'readers get the model with the first apply'],
    version: VERSION,
    connection: ['e2e/lifecycle', 'the jobs exist from the first authorization on, under their names'],
    schema: ['e2e/plan', 'what the model brings into another schema is made once'],
  },
  salesforce: {
    org: ['adapters/secrets/resolve-secret', 'a login URL is an https origin'],
    clientId: SECRET,
    clientSecret: SECRET,
    apiBudget: ['adapters/postgres/api-budget', 'a connection may keep to another share of the calls'],
    apiVersion: ['e2e/plan', 'another API version is asked before it is deployed'],
  },
  Secrets: { env: SECRET, file: SECRET },
  companyResolution: { match: BLOCK },
  'companyResolution.match': { account: CLAIMS, company: CLAIMS },
  widget: {
    enabled: ['config/load-config', 'a connection has a widget only when it says so'],
    clientSecret: ['server/widget', 'a Canvas app of its own signs with its own secret'],
  },
  notify: { success: TOLD, failure: TOLD },
  jobs: {
    'picklist-sync': BLOCK,
    'user-sync': BLOCK,
    'company-sync': BLOCK,
    'company-person-sync': BLOCK,
    'relationship-type-sync': BLOCK,
    'relationship-sync': BLOCK,
  },
  'jobs.picklist-sync': {
    schedule: BLOCK,
    enabled: ENABLED,
    picklists: PICKLISTS,
    optionalPicklists: PICKLISTS,
    after: ORDER,
    onDependency: DEPENDENCY,
  },
  'Other jobs of the catalog': {
    optionalFilters: BLOCK,
    map: BLOCK,
    schedule: BLOCK,
    enabled: ENABLED,
    object: ['config/load-config', 'an object that the file names must exist'],
    filter: ['config/load-config', 'the filter of the catalog can be replaced'],
    onDelete: DELETED,
    onLeaveFilter: LEAVES,
    extract: EXTRACT,
    after: ORDER,
    onDependency: DEPENDENCY,
  },
  chains: {
    schedule: BLOCK,
    jobs: ['domain/schedules', 'a chain runs its enabled jobs'],
    onDependency: ['activities/plan', 'a job says how its dependencies must have ended, else its chain does'],
  },
  Job: {
    source: BLOCK,
    target: BLOCK,
    map: BLOCK,
    schedule: BLOCK,
    version: VERSION,
    job: CUSTOM,
    connection: CUSTOM,
    title: ['e2e/lifecycle', 'the jobs exist from the first authorization on, under their names'],
    enabled: ENABLED,
    upsertKey: ['adapters/postgres/target-tables', 'a custom table is made of its mappings, with a key'],
    onDelete: DELETED,
    onLeaveFilter: LEAVES,
    extract: EXTRACT,
    after: ORDER,
    onDependency: DEPENDENCY,
  },
  source: {
    optionalFilters: BLOCK,
    object: CUSTOM,
    filter: LEAVES,
    optional: ['activities/sync', 'a job whose object the org may lack is unavailable'],
  },
  target: { table: CUSTOM, existing: ['e2e/readers-and-tables', 'rows are loaded into a table of our own'] },
  Mappings: {
    from: ['adapters/postgres/load-page', 'parents come out of dotted paths in both formats'],
    apply: ['adapters/postgres/mapping-functions', 'functions of text'],
    type: ['domain/compile-job', 'a field becomes what its column is, else what the mapping says'],
    onUnknown: [
      'adapters/postgres/reject-statement',
      'a value that a picklist does not offer is kept, left out or a reject',
    ],
    required: ['adapters/postgres/reject-statement', 'rows that cannot be loaded are kept with the reason'],
    optional: ['domain/compile-job', 'an optional mapping is dropped with the reason'],
    value: ['adapters/postgres/load-page', 'a constant stands in every row in both formats'],
    lookup: ['adapters/postgres/lookup-sql', 'a direct reference is found at once'],
    by: ['adapters/postgres/lookup-sql', 'several fields must all be equal'],
    onMissing: ['adapters/postgres/lookup-sql', 'a row whose reference must be found is rejected'],
    onMultiple: ['adapters/postgres/lookup-sql', 'of several matches the oldest is taken'],
  },
  by: { from: LOOKED_UP, apply: LOOKED_UP },
  Functions: {
    split: BLOCK,
    coalesce: ['adapters/postgres/mapping-functions', 'the first value that is not empty'],
    cast: ['adapters/postgres/mapping-functions', 'casts, of which a value that is none makes a reject'],
  },
  split: { by: SPLIT, part: SPLIT },
  coalesce: { value: ['adapters/postgres/mapping-functions', 'the first value that is not empty'] },
  optionalFilters: { field: OPTIONAL_FILTER, soql: OPTIONAL_FILTER },
  Schedules: {
    cron: SCHEDULED,
    every: ['adapters/temporal/schedules', 'every kind of schedule is found again as it was wanted'],
    daily: WORDS,
    weekdays: WORDS,
    weekly: WORDS,
    monthly: WORDS,
    timezone: SCHEDULED,
    jitter: SCHEDULED,
    catchUpWindow: SCHEDULED,
    paused: ['adapters/temporal/schedules', 'a pause in the files is enforced'],
  },
};

test('of every key a test is named that shows what it does', () => {
  const keys = SECTIONS.map(({ title, schema }) => [title, Object.keys(schema.properties ?? {}).sort()] as const);
  const named = Object.entries(SHOWN_BY).map(([title, shown]) => [title, Object.keys(shown).sort()] as const);
  assert.deepEqual(Object.fromEntries(named), Object.fromEntries(keys));
});

test('the tests that are named exist', () => {
  for (const [title, keys] of Object.entries(SHOWN_BY)) {
    for (const [key, shown] of Object.entries(keys)) {
      if (shown === BLOCK) continue;
      const [file, name] = shown;
      const text = readFileSync(new URL(`../${file}.test.ts`, import.meta.url), 'utf8');
      assert.match(text, new RegExp(`test\\(\\s*['\`]${name}`), `${title}: ${key}`);
    }
  }
});
