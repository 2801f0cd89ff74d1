import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { planTables, type SchemaFacts } from '../../adapters/postgres/plan-tables.ts';
import type { ExistingIndex } from '../../adapters/postgres/table-steps.ts';
import { loadTexts } from '../../config/load-config.ts';
import { compileJob } from '../../domain/compile-job.ts';
import type { ConnectionSpec } from '../../domain/connection-spec.ts';
import type { JobSpec } from '../../domain/job-spec.ts';
import { planConnection, type DeployedConnection, type PlanFacts } from '../../domain/plan-connection.ts';
import type { Change, ConnectionPlan } from '../../domain/plan.ts';
import { shapeOf } from '../../domain/schedule-shape.ts';
import { desiredSchedules, type DeployedSchedule } from '../../domain/schedules.ts';
import { describeOf, reference } from '../describes.ts';

const FIELDS = {
  ...{
    Name: 'string',
    Amount__c: 'currency',
    Count__c: 'int',
    Day__c: 'date',
    Kind__c: 'picklist',
    Flag__c: 'boolean',
  },
  AccountId: reference('AccountId', 'Account'),
};
const mapping = fc.oneof(
  fc.constantFrom(...Object.keys(FIELDS)),
  fc.record({ from: fc.constantFrom('Amount__c', 'Count__c'), type: fc.constantFrom('numeric', 'bigint', 'text') }),
  fc.record({ value: fc.oneof(fc.string({ maxLength: 5 }), fc.integer(), fc.boolean()) }),
  fc.constant({ lookup: 'company', by: { sfdc_account_id: 'AccountId' } }),
);
const schedule = fc.oneof(
  fc.record({ every: fc.constantFrom('15m', '1h', '1d') }),
  fc.record({
    cron: fc.constantFrom('0 2 * * *', '*/15 8-18 * * mon-fri'),
    timezone: fc.constantFrom('UTC', 'Europe/Berlin'),
  }),
  fc.record({ every: fc.constant('1h'), jitter: fc.constant('2m'), paused: fc.boolean() }),
);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const job = (name: string) =>
  fc.record({
    job: fc.constant(`${name}-sync`),
    connection: fc.constant('acme'),
    enabled: optional(fc.boolean()),
    source: fc.record({
      object: fc.constantFrom('Thing', 'Other'),
      filter: optional(fc.constantFrom("Name = 'x'", 'Flag__c = true')),
    }),
    target: fc.constantFrom({ table: name }, { table: `${name}_two` }),
    map: fc
      .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), mapping, { maxKeys: 4 })
      .map((map) => ({ sfid: 'Id', other_id: 'Id', ...map })),
    upsertKey: fc.constantFrom(['sfid'], ['sfid'], ['other_id']),
    onDelete: optional(fc.constantFrom('ignore', 'deactivate', 'delete')),
    schedule: optional(schedule),
  });
const configuration = fc.record({
  one: optional(job('one')),
  two: optional(job('two')),
  schema: optional(fc.constantFrom('model', 'crm')),
  chain: optional(fc.constantFrom(['company-sync'], ['user-sync', 'company-sync'])),
});
type Configuration = typeof configuration extends fc.Arbitrary<infer T> ? T : never;

const undefinedLeftOut = { keepUndefined: false };

function load({ one, two, schema, chain }: Configuration): ConnectionSpec {
  const connection = {
    connection: 'acme',
    salesforce: { clientId: { env: 'ACME_CLIENT_ID' } },
    ...(schema === undefined ? {} : { schema }),
    ...(chain === undefined ? {} : { chains: { nightly: { schedule: { cron: '0 2 * * *' }, jobs: chain } } }),
  };
  const text = [connection, one, two]
    .filter((each) => each !== undefined)
    .map((each) => stringify(each, undefinedLeftOut));
  const { connections, diagnostics } = loadTexts([{ file: 'acme.yaml', text: text.join('---\n') }]);
  return connections[0] ?? assert.fail(JSON.stringify(diagnostics));
}

/** Everything that is deployed, in memory: what PostgreSQL, Temporal and the model would hold. */
class World {
  deployed: DeployedConnection | undefined;
  schedules: DeployedSchedule[] = [];
  readonly schemas = new Map<string, { columns: Map<string, string>; indexes: Map<string, ExistingIndex[]> }>();

  #facts(schema: string): SchemaFacts {
    const known = this.schemas.get(schema) ?? { columns: new Map(), indexes: new Map() };
    this.schemas.set(schema, known);
    return { ...known, views: new Map() };
  }

  plan(desired: ConnectionSpec): ConnectionPlan {
    const facts = this.#facts(desired.schema);
    const database = desired.jobs.flatMap((each): readonly Change[] =>
      each.kind === 'custom' ? planTables(each, compile(each, desired, facts), facts).changes : [],
    );
    const input: PlanFacts = {
      desired,
      ...(this.deployed ? { deployed: this.deployed, schedules: this.schedules } : {}),
      database,
    };
    return planConnection(input);
  }

  /** Stops after `steps` steps, as a process that is killed does; the order is that of carryOut. */
  apply({ spec, changes }: ConnectionPlan, steps = Infinity): void {
    assert.ok(spec);
    let left = steps;
    const facts = this.#facts(spec.schema);
    for (const change of changes) {
      if (change.ddl === undefined || left-- <= 0) continue;
      this.#carryOut(change, facts, spec);
    }
    if (left-- <= 0) return;
    // jsonb gives keys back in an order of its own.
    const stored = JSON.parse(JSON.stringify(spec), (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)))
        : value,
    ) as ConnectionSpec;
    const gone = [...(this.deployed?.removedJobs ?? []), ...(this.deployed?.spec.jobs ?? [])];
    this.deployed = {
      ...{ spec: stored, state: 'active', revision: (this.deployed?.revision ?? 0) + 1, isOrphaned: false },
      removedJobs: gone.filter(({ name }) => !stored.jobs.some((each) => each.name === name)),
    };
    for (const wanted of desiredSchedules(stored)) {
      if (left-- <= 0) return;
      const is = this.schedules.find(({ id }) => id === wanted.id);
      const isPaused = wanted.spec.paused ?? is?.isPaused ?? false;
      this.schedules = [
        ...this.schedules.filter(({ id }) => id !== wanted.id),
        { id: wanted.id, jobs: wanted.jobs, shape: shapeOf(wanted.spec), isPaused, isCurrent: true },
      ];
    }
    const ids = new Set(desiredSchedules(stored).map(({ id }) => id));
    this.schedules = this.schedules.filter(({ id }) => ids.has(id));
  }

  #carryOut(
    { what, action, name, after, ddl = '' }: Change,
    { columns }: SchemaFacts,
    { schema }: ConnectionSpec,
  ): void {
    const known = this.schemas.get(schema) ?? assert.fail();
    const path = name.slice(schema.length + 1);
    if (what === 'table') known.columns.set(`${path}.id`, 'uuid');
    if (what === 'column') known.columns.set(path, after ?? columns.get(path) ?? 'text');
    if (what !== 'key' || ddl.includes('WHERE')) return;
    const [table = ''] = path.split(' ');
    const key = /\((.*)\)$/.exec(path)?.[1]?.split(', ') ?? [];
    const index = { name: 'x_upsert_key', isUnique: true, columns: ['connection_id', ...key].sort() };
    known.indexes.set(table, action === 'delete' ? [] : [...(known.indexes.get(table) ?? []), index]);
  }
}

const compile = (each: JobSpec, spec: ConnectionSpec, { columns }: SchemaFacts) =>
  compileJob({
    ...{ job: each, schema: spec.schema, companyResolution: spec.companyResolution, mode: 'full', columns },
    describes: [describeOf(each.source.object ?? '', FIELDS), describeOf('Account', {})],
    upsertKeys: new Map(spec.jobs.map(({ target, upsertKey }) => [target.table, upsertKey])),
  });

/** Widening a type may be refused; what stays then is said by the examination, not by the plan. */
const open = ({ changes }: ConnectionPlan): string[] =>
  changes.map(({ action, what, name }) => `${action} ${what} ${name}`);

test('a plan after an apply is empty, whatever was deployed before', () => {
  fc.assert(
    fc.property(fc.array(configuration, { minLength: 1, maxLength: 4 }), (history) => {
      const world = new World();
      for (const each of history) {
        const spec = load(each);
        world.apply(world.plan(spec));
        const after = world.plan(spec);
        assert.deepEqual([open(after), after.rereads], [[], []]);
      }
    }),
    { numRuns: 130, seed: 20261123 },
  );
});

test('an apply that is killed after any step is completed by the next ones', () => {
  fc.assert(
    fc.property(
      configuration,
      configuration,
      fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 3 }),
      (first, second, kills) => {
        const world = new World();
        world.apply(world.plan(load(first)));
        const spec = load(second);
        for (const steps of kills) world.apply(world.plan(spec), steps);
        world.apply(world.plan(spec));
        assert.deepEqual(open(world.plan(spec)), []);
      },
    ),
    { numRuns: 100, seed: 20261123 },
  );
});
