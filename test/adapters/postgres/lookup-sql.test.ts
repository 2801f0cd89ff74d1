import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJobs } from '../../../adapters/postgres/jobs.ts';
import type { CompiledJob } from '../../../domain/compiled-job.ts';
import type { LookupMapping, MappingSpec } from '../../../domain/job-spec.ts';
import { ACCOUNT, describeOf, reference } from '../../describes.ts';
import { catalogJob, connectionSpec, customJob, field, lookup } from '../../jobs.ts';
import { at, sfid, type SourceRow } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const companies = await engine.compile(catalogJob('company-sync'), [ACCOUNT]);

const target = describeOf('Target', { Name: 'string', Region__c: 'string', Number__c: 'double' });
const targets = await engine.compile(
  customJob('Target', [
    field('sfid', 'Id'),
    field('name', 'Name'),
    field('region', 'Region__c'),
    field('number', 'Number__c', { type: 'integer' }),
  ]),
  [target],
);
const child = describeOf('Child', {
  ...{ Name: 'string', TargetId: reference('TargetId', 'Target'), Region__c: 'string', Number__c: 'double' },
  SelfId: reference('SelfId', 'Child'),
});

let tables = 0;
/** A job of children with the given references, into a table of its own. */
const childJob = (...mappings: readonly MappingSpec[]): Promise<CompiledJob> =>
  engine.compile(
    customJob('Child', [field('sfid', 'Id'), field('name', 'Name'), ...mappings], {
      target: { table: `child_${(tables += 1)}` },
    }),
    [child],
  );

const row = (prefix: string, number: number, rest: SourceRow = {}): SourceRow => ({
  ...{ Id: sfid(prefix, number), Name: `${prefix} ${number}`, SystemModstamp: at(0), IsDeleted: 'false' },
  ...rest,
});

/** Child → name of what its reference found. */
async function found(
  plan: CompiledJob,
  connection: string,
  table = 'target',
  column = 'target_id',
): Promise<unknown[]> {
  const rows = await engine.rows(
    `SELECT c.name AS child, t.name AS target FROM model.${plan.table} AS c LEFT JOIN model.${table} AS t ON t.id = c.${column}
     WHERE c.connection_id = $1 ORDER BY c.sfid`,
    [connection],
  );
  return rows.map((one) => [one['child'], one['target']]);
}

test('a direct reference is found at once, keeps its source key, and follows a change of it', async () => {
  const plan = await childJob(lookup('target_id', 'target', { sfid: 'TargetId' }));
  const connection = await engine.connection();
  await engine.sync(connection, targets, [row('a01', 1), row('a01', 2)]);
  // Of 15 characters too: a reference is an id.
  await engine.sync(connection, plan, [row('a02', 1, { TargetId: sfid('a01', 1).slice(0, 15) }), row('a02', 2)]);
  assert.deepEqual(await found(plan, connection), [
    ['a02 1', 'a01 1'],
    ['a02 2', null],
  ]);
  const [kept] = await engine.rows(`SELECT target_id_source FROM model.${plan.table} ORDER BY sfid`);
  assert.deepEqual(kept, { target_id_source: sfid('a01', 1) });
  await engine.sync(connection, plan, [row('a02', 1, { TargetId: sfid('a01', 2), SystemModstamp: at(1) })]);
  assert.deepEqual((await found(plan, connection))[0], ['a02 1', 'a01 2']);
  await engine.sync(connection, plan, [row('a02', 1, { SystemModstamp: at(2) })]);
  assert.deepEqual((await found(plan, connection))[0], ['a02 1', null]);
});

test('references to rows of the same table resolve in the same run, whatever the order and the pages', async () => {
  const connection = await engine.connection();
  const parentOf = (number: number): SourceRow =>
    row('001', number, { ParentId: number < 9 ? sfid('001', number + 1) : null });
  const run = await engine.begin(connection, companies, { pages: 3 });
  for (const page of [0, 1, 2]) {
    await engine.load(run, [parentOf(page * 3 + 1), parentOf(page * 3 + 2), parentOf(page * 3 + 3)], { page });
  }
  assert.equal((await engine.finish(run)).pending, 0);
  const [resolved] = await engine.rows(
    `SELECT count(*)::int AS count FROM model.company AS c JOIN model.company AS p ON p.id = c.parent_company_id AND p.sfdc_account_id = c.parent_company_id_source
     WHERE c.connection_id = $1`,
    [connection],
  );
  assert.deepEqual(resolved, { count: 8 });
});

test('a pending reference is counted and heals when its parent comes, without a re-load', async () => {
  const plan = await childJob(lookup('target_id', 'target', { sfid: 'TargetId' }));
  const connection = await engine.connection();
  const first = await engine.sync(connection, plan, [
    row('a02', 1, { TargetId: sfid('a01', 1) }),
    row('a02', 2, { TargetId: sfid('a01', 7) }),
  ]);
  assert.equal(first.pending, 2);
  await engine.sync(connection, targets, [row('a01', 1)]);
  const second = await engine.sync(connection, plan, []);
  assert.deepEqual([second.pending, second.updated], [1, 0]);
  assert.deepEqual((await found(plan, connection))[0], ['a02 1', 'a01 1']);
});

test('a first load looks again for what came while it ran, and for nothing where nothing came', async () => {
  const references = lookup('target_id', 'target', { sfid: 'TargetId' });
  const childSpec = customJob('Child', [field('sfid', 'Id'), field('name', 'Name'), references], {
    target: { table: 'first_child' },
  });
  const plan = await engine.compile(childSpec, [child]);
  const targetSpec = customJob('Target', [field('sfid', 'Id'), field('name', 'Name')]);
  const children = [1, 2].map((number) => row('a02', number, { TargetId: sfid('a01', number) }));
  const firstLoad = async (meanwhile: (connection: string) => Promise<unknown>) => {
    const connection = await engine.connection();
    await createJobs(engine.pool).save(connection, connectionSpec('first', [targetSpec, childSpec]));
    const run = await engine.begin(connection, plan, { job: childSpec.name });
    await engine.load(run, children);
    await meanwhile(connection);
    const { pending } = await engine.finish(run);
    return { pending, found: await found(plan, connection) };
  };
  const loaded = await firstLoad(async (connection) => {
    const run = await engine.begin(connection, targets, { job: targetSpec.name });
    await engine.load(run, [row('a01', 1)]);
  });
  assert.deepEqual(loaded, {
    pending: 1,
    found: [
      ['a02 1', 'a01 1'],
      ['a02 2', null],
    ],
  });
  const untold = await firstLoad((connection) =>
    engine.rows('INSERT INTO model.target (connection_id, sfid, name) VALUES ($1, $2, $3)', [
      ...[connection, sfid('a01', 1), 'from elsewhere'],
    ]),
  );
  assert.equal(untold.pending, 2);
});

test('a pending reference of a deleted row waits for nobody', async () => {
  const plan = await childJob(lookup('target_id', 'target', { sfid: 'TargetId' }));
  const connection = await engine.connection();
  await engine.sync(connection, plan, [row('a02', 1, { TargetId: sfid('a01', 7) })]);
  const gone = await engine.sync(connection, plan, [row('a02', 1, { IsDeleted: 'true', SystemModstamp: at(1) })]);
  assert.equal(gone.pending, 0);
});

test('a reference that may stay empty is not counted, but is filled when its parent came later in the run', async () => {
  const plan = await childJob(lookup('self_id', 'child', { sfid: 'SelfId' }));
  const self = await childJob(lookup('self_id', plan.table, { sfid: 'SelfId' }, { onMissing: 'null' }));
  const own = await engine.compile(
    customJob(
      'Child',
      [field('sfid', 'Id'), field('name', 'Name'), lookup('self_id', 'own', { sfid: 'SelfId' }, { onMissing: 'null' })],
      { target: { table: 'own' } },
    ),
    [child],
  );
  assert.deepEqual([plan.lookups[0]?.exists, self.lookups[0]?.exists, own.lookups[0]?.exists], [false, true, true]);
  const connection = await engine.connection();
  const run = await engine.sync(connection, own, [
    row('a02', 1, { SelfId: sfid('a02', 2) }),
    row('a02', 2, { SelfId: sfid('a02', 9) }),
  ]);
  assert.equal(run.pending, 0);
  assert.deepEqual(await found(own, connection, 'own', 'self_id'), [
    ['a02 1', 'a02 2'],
    ['a02 2', null],
  ]);
});

test('a row whose reference must be found is rejected, and loads once its parent is there', async () => {
  const plan = await childJob(lookup('target_id', 'target', { sfid: 'TargetId' }, { onMissing: 'reject' }));
  const connection = await engine.connection();
  const rows = [row('a02', 1, { TargetId: sfid('a01', 1) }), row('a02', 2)];
  const first = await engine.sync(connection, plan, rows);
  assert.deepEqual([first.status, first.inserted, first.rejected], ['partial_success', 1, 1]);
  const [reject] = await engine.rejects(connection);
  assert.deepEqual(
    [reject?.['field'], reject?.['value'], reject?.['code']],
    ['TargetId', sfid('a01', 1), 'LOOKUP_MISSING'],
  );
  assert.equal(reject?.['message'], `Child.TargetId = "${sfid('a01', 1)}" matches no row of "target".`);
  await engine.sync(connection, targets, [row('a01', 1)]);
  const second = await engine.sync(connection, plan, rows);
  assert.deepEqual([second.status, second.inserted, await engine.rejects(connection)], ['success', 1, []]);
});

const byTwo = (rest: Partial<LookupMapping> = {}): LookupMapping =>
  lookup('target_id', 'target', { region: 'Region__c', number: 'Number__c' }, rest);

test('several fields must all be equal, each as the type of its column, and resolve later too', async () => {
  const plan = await childJob(byTwo());
  const connection = await engine.connection();
  const keyed = (prefix: string, number: number, Region__c: string | null, Number__c: string | null): SourceRow =>
    row(prefix, number, { Region__c, Number__c });
  await engine.sync(connection, targets, [
    keyed('a01', 1, 'north', '1'),
    keyed('a01', 2, 'north', '2'),
    keyed('a01', 3, 'so"uth', '1'),
  ]);
  const children = [
    keyed('a02', 1, 'north', '2.0'),
    keyed('a02', 2, 'so"uth', '1.0E0'),
    keyed('a02', 3, 'north', null),
    keyed('a02', 4, 'north', '1.5'),
    keyed('a02', 5, 'north', '9'),
    keyed('a02', 6, 'north', '99999999999'),
  ];
  const run = await engine.sync(connection, plan, children);
  assert.deepEqual([run.inserted, run.rejected, run.pending], [6, 0, 3]);
  const names = async () => (await found(plan, connection)).map((pair) => (pair as unknown[])[1]);
  assert.deepEqual(await names(), ['a01 2', 'a01 3', null, null, null, null]);
  await engine.sync(connection, targets, [keyed('a01', 9, 'north', '9')]);
  assert.equal((await engine.sync(connection, plan, children, 'json')).pending, 2);
  assert.deepEqual(await names(), ['a01 2', 'a01 3', null, null, 'a01 9', null]);
});

test('of several matches the oldest is taken, or the row is rejected, as the mapping says', async () => {
  const connection = await engine.connection();
  await engine.sync(connection, targets, [row('a01', 1, { Region__c: 'north', Number__c: '1' })]);
  await engine.sync(connection, targets, [row('a01', 2, { Region__c: 'north', Number__c: '1' })]);
  const oldest = await childJob(byTwo({ onMultiple: 'oldest' }));
  const strict = await childJob(byTwo());
  const child = row('a02', 1, { Region__c: 'north', Number__c: '1' });
  await engine.sync(connection, oldest, [child]);
  assert.deepEqual(await found(oldest, connection), [['a02 1', 'a01 1']]);
  assert.equal((await engine.sync(connection, strict, [child])).rejected, 1);
  const [reject] = await engine.rejects(connection);
  assert.deepEqual(
    [reject?.['code'], reject?.['message']],
    ['LOOKUP_AMBIGUOUS', 'Child.Region__c = "north" matches several rows of "target".'],
  );
});

test('a reference that waits and then matches several rows goes on waiting where the mapping forbids a choice', async () => {
  const connection = await engine.connection();
  const plan = await childJob(byTwo());
  await engine.sync(connection, plan, [row('a02', 1, { Region__c: 'north', Number__c: '1' })]);
  await engine.sync(
    connection,
    targets,
    [1, 2].map((number) => row('a01', number, { Region__c: 'north', Number__c: '1' })),
  );
  assert.equal((await engine.sync(connection, plan, [])).pending, 1);
  assert.deepEqual(await found(plan, connection), [['a02 1', null]]);
});

test('a reference into a table or column that no job has made yet waits, and heals by the first run after it', async () => {
  const mapping = lookup('later_id', 'later', { sfid: 'TargetId' });
  const early = await childJob(mapping);
  const connection = await engine.connection();
  const first = await engine.sync(connection, early, [row('a02', 1, { TargetId: sfid('a01', 1) })]);
  assert.deepEqual([first.status, first.pending], ['success', 1]);
  const later = await engine.compile(
    customJob('Target', [field('sfid', 'Id'), field('name', 'Name')], { target: { table: 'later' } }),
    [target],
  );
  await engine.sync(connection, later, [row('a01', 1)]);
  const again = await engine.compile(
    customJob('Child', [field('sfid', 'Id'), field('name', 'Name'), mapping], { target: { table: early.table } }),
    [child],
  );
  assert.equal((await engine.sync(connection, again, [])).pending, 0);
  assert.deepEqual(await found(again, connection, 'later', 'later_id'), [['a02 1', 'a01 1']]);
});

test('references see the rows of their own connection only', async () => {
  const plan = await childJob(lookup('target_id', 'target', { sfid: 'TargetId' }));
  const [one, other] = [await engine.connection(), await engine.connection()];
  await engine.sync(one, targets, [row('a01', 1)]);
  assert.equal((await engine.sync(other, plan, [row('a02', 1, { TargetId: sfid('a01', 1) })])).pending, 1);
});
