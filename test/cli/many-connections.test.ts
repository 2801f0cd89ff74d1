import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '@temporalio/client';
import { createDeployments } from '../../adapters/postgres/deployments.ts';
import { migrate, migrateModel } from '../../adapters/postgres/migrate.ts';
import { createPool } from '../../adapters/postgres/pool.ts';
import { applyLoaded } from '../../cli/apply.ts';
import type { CliContext } from '../../cli/context.ts';
import { makePlan } from '../../cli/make-plan.ts';
import type { System } from '../../cli/system.ts';
import type { MooringClient } from '../../client.ts';
import { loadTexts, type LoadedConfig } from '../../config/load-config.ts';
import type { Examination } from '../../domain/examination.ts';
import type { Provenance } from '../../domain/provenance.ts';
import { countedPool } from '../../bench/counted-calls.ts';
import { createTestDatabase } from '../support/database.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';

const database = await createTestDatabase();
const pool = createPool(database.url);
whenTestsEnd(async () => {
  await pool.end();
  await database.drop();
});
await migrate(pool);
await migrateModel(pool, 'model');

const CONNECTIONS = 200;
const provenance: Provenance = {
  ...{ appliedBy: 'test', commit: null, author: null, isDirty: null, rolledBackTo: null },
};

/** Eight jobs each: the six, and two of its own; two schedules. */
const yamlOf = (index: number, every = '1h'): string => {
  const name = `team-${index}`;
  const own = ['lead', 'case'].map(
    (object) => `---
job: ${object}-sync
connection: ${name}
source: { object: ${object} }
target: { table: ${object} }
map: { sfid: Id }
upsertKey: [sfid]
schedule: { every: ${object === 'lead' ? every : '1h'} }
`,
  );
  return `connection: ${name}\nsalesforce: { clientId: { env: CLIENT_ID } }\n${own.join('')}`;
};
const load = (every: (index: number) => string): LoadedConfig =>
  loadTexts(
    Array.from({ length: CONNECTIONS }, (_, index) => ({
      file: `team-${index}.yaml`,
      text: yamlOf(index, every(index)),
    })),
  );
const before = load(() => '1h');
assert.deepEqual(before.diagnostics, []);
for (const spec of before.connections) await createDeployments(pool).store({ spec, rereads: [], provenance });
await pool.query(`UPDATE mooring.connection SET state = 'active', org_id = '00D000000000001EAA'`);

interface Calls {
  sql: number;
  lists: number;
  described: string[];
  examined: string[];
  configured: string[];
}

/** A system whose Temporal holds the schedules of all connections, every hour, and whose calls are counted. */
function counted(): { readonly system: System; readonly calls: Calls } {
  const calls: Calls = { sql: 0, lists: 0, described: [], examined: [], configured: [] };
  const spec = { calendars: [], intervals: [{ every: 3_600_000, offset: 0 }], skip: [], timezone: 'UTC' };
  const ids = before.connections.flatMap(({ name }) =>
    ['lead', 'case'].map((job) => `schedule/${name}/job/${job}-sync`),
  );
  const schedule = {
    async *list() {
      calls.lists += 1;
      for (const scheduleId of ids) yield { scheduleId, spec, state: { paused: false } };
    },
    getHandle: (id: string) => ({
      async describe() {
        calls.described.push(id);
        const [, , , job = ''] = id.split('/');
        const policies = { overlap: 'SKIP', catchupWindow: 600_000 };
        return { spec, policies, action: { args: [{ jobs: [job] }], memo: {} }, state: { paused: false } };
      },
    }),
  };
  const mooring: Partial<MooringClient> = {
    examine: async (name): Promise<Examination> => {
      calls.examined.push(name);
      return { revision: 1, state: 'active', findings: [], jobs: [] };
    },
    startConnection: async () => undefined,
    configure: async (name) => {
      calls.configured.push(name);
      return { state: 'active' } as Awaited<ReturnType<MooringClient['configure']>>;
    },
  };
  const counting = countedPool(pool, () => (calls.sql += 1));
  const system = {
    ...{ settings: {}, pool: counting, client: { schedule } as unknown as Client },
    ...{ mooring, searchable: false },
  } as unknown as System;
  return { system, calls };
}

test('a plan of two hundred connections without changes asks for lists, not for each', async () => {
  const { system, calls } = counted();
  const { plan } = await makePlan(system, before);
  assert.deepEqual(
    plan.connections.filter(({ changes }) => changes.length > 0),
    [],
  );
  assert.deepEqual([calls.lists, calls.described, calls.examined], [1, [], []]);
  assert.ok(calls.sql <= 5, `${calls.sql} queries`);
});

test('one changed job of two hundred connections touches its own connection and schedule', async () => {
  const { system, calls } = counted();
  const changed = load((index) => (index === 17 ? '2h' : '1h'));
  const { plan } = await makePlan(system, changed);
  const touched = plan.connections.filter(({ changes }) => changes.length > 0);
  assert.deepEqual(
    touched.map(({ connection }) => connection),
    ['team-17'],
  );
  assert.deepEqual(
    touched[0]?.changes.map(({ what, name }) => `${what} ${name}`),
    ['schedule lead-sync'],
  );
  assert.deepEqual(calls.examined, ['team-17']);
  assert.equal(calls.described.length, 1, 'what looks different in the list is asked for');
  assert.ok(calls.sql <= 5, `${calls.sql} queries`);
});

test('applying one changed job of two hundred connections asks and writes for that one alone', async () => {
  const { system, calls } = counted();
  const printed: string[] = [];
  const context: CliContext = {
    ...{ print: (line) => printed.push(line), warn: (line) => printed.push(line), exit: () => undefined },
    ...{ env: {}, cwd: '/', isTerminal: false, interrupted: new Promise<void>(() => undefined) },
  };
  const place = {
    territory: { repository: null, files: [], folders: ['/'] },
    declaredIn: (files: readonly string[]) => ({ repository: null, files }),
    provenance,
  };
  const changed = load((index) => (index === 17 ? '2h' : '1h'));
  assert.equal(await applyLoaded(system, changed, { yes: true, place, context }), 0, printed.join('\n'));
  assert.deepEqual(calls.examined, ['team-17']);
  assert.deepEqual(calls.configured, ['team-17']);
  assert.deepEqual([calls.lists, calls.described.length], [1, 1]);
  assert.ok(calls.sql <= 50, `${calls.sql} queries for one connection of eight jobs`);
  const { rows } = await pool.query<{ count: string }>(
    'SELECT count(*) FROM mooring.connection WHERE declared_in IS NOT NULL',
  );
  assert.equal(rows[0]?.count, String(CONNECTIONS), 'all are noted to be declared here');
});
