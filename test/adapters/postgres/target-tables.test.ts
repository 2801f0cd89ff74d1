import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ensureTarget, readColumns } from '../../../adapters/postgres/target-tables.ts';
import type { JobSpec, MappingSpec } from '../../../domain/job-spec.ts';
import { compileJob } from '../../../domain/compile-job.ts';
import { ACCOUNT, describeOf, reference } from '../../describes.ts';
import { hasCode } from '../../errors.ts';
import { catalogJob, customJob, field, lookup } from '../../jobs.ts';
import { at, sfid } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const deal = describeOf('Deal', {
  ...{ Name: 'string', Amount: 'currency', CloseDate: 'date', Tags__c: 'multipicklist', Won__c: 'boolean' },
  ...{ Count__c: 'int', AccountId: reference('AccountId', 'Account') },
});

const planOf = async (mappings: readonly MappingSpec[], rest: Partial<JobSpec> = {}) =>
  compileJob({
    ...{
      job: customJob('Deal', mappings, rest),
      describes: [deal],
      schema: 'model',
      companyResolution: [],
      mode: 'full',
    },
    columns: await readColumns(engine.pool, 'model'),
    upsertKeys: new Map([['company', ['sfdc_account_id']]]),
  });

const indexes = async (table: string): Promise<unknown[]> =>
  (
    await engine.rows(
      `SELECT i.indisunique AS unique, array_agg(a.attname::text ORDER BY k.place) AS columns, i.indpred IS NOT NULL AS partial
       FROM pg_index AS i, unnest(i.indkey) WITH ORDINALITY AS k(attnum, place), pg_attribute AS a
       WHERE i.indrelid = $1::regclass AND a.attrelid = i.indrelid AND a.attnum = k.attnum AND NOT i.indisprimary
       GROUP BY i.indexrelid, i.indisunique, i.indpred ORDER BY 2`,
      [`model.${table}`],
    )
  ).map(({ unique, columns, partial }) => [unique, columns, partial]);

const base = [field('sfid', 'Id'), field('name', 'Name')];

test('a custom table is made of its mappings, with a key and an index for what is missing', async () => {
  const plan = await planOf([
    ...base,
    ...[field('amount', 'Amount'), field('closes_on', 'CloseDate'), field('tags', 'Tags__c'), field('won', 'Won__c')],
    ...[field('count', 'Count__c'), field('short', 'Name', { type: 'varchar(40)' })],
    lookup('company_id', 'company', { sfdc_account_id: 'AccountId' }),
    { kind: 'constant', target: 'origin', value: 'crm', optional: false },
  ]);
  const done = await ensureTarget(engine.pool, plan);
  assert.equal(done[0], 'created table model.deal');
  const columns = await readColumns(engine.pool, 'model');
  const type = (name: string): string | undefined => columns.get(`deal.${name}`);
  assert.deepEqual(
    ['sfid', 'name', 'amount', 'closes_on', 'tags', 'won', 'count', 'company_id', 'company_id_source', 'origin'].map(
      type,
    ),
    ['text', 'text', 'numeric', 'date', 'text[]', 'boolean', 'integer', 'uuid', 'text', 'text'],
  );
  assert.deepEqual(['id', 'connection_id', 'source_modstamp', 'deleted_at', 'created_at', 'updated_at'].map(type), [
    'uuid',
    'uuid',
    'timestamptz',
    'timestamptz',
    'timestamptz',
    'timestamptz',
  ]);
  assert.deepEqual(await indexes('deal'), [
    [false, ['connection_id', 'company_id_source'], true],
    [true, ['connection_id', 'sfid'], false],
  ]);
  assert.deepEqual(await ensureTarget(engine.pool, plan), []);
});

test('columns that a mapping names and the table lacks are added, to the model and to the person too', async () => {
  const base_ = catalogJob('company-sync');
  const described = {
    ...ACCOUNT,
    fields: [...ACCOUNT.fields, ...deal.fields.filter(({ name }) => name.endsWith('__c'))],
  };
  const job = {
    ...base_,
    mappings: [...base_.mappings, field('won', 'Won__c'), lookup('deal_id', 'deal', { sfid: 'AccountNumber' })],
  };
  const plan = await engine.compile(job, [described]);
  const columns = await readColumns(engine.pool, 'model');
  assert.deepEqual(
    ['won', 'deal_id', 'deal_id_source'].map((name) => columns.get(`company.${name}`)),
    ['boolean', 'uuid', 'text'],
  );
  assert.ok(
    (await indexes('company')).some((one) => JSON.stringify(one) === '[false,["connection_id","deal_id_source"],true]'),
  );
  assert.deepEqual(await ensureTarget(engine.pool, plan), []);
});

test('a key that a job got later takes the place of the old one, which could stand in its way', async () => {
  const table = { target: { table: 'rekeyed' } };
  await ensureTarget(engine.pool, await planOf(base, table));
  const plan = await planOf(base, { ...table, upsertKey: ['name'] });
  await ensureTarget(engine.pool, plan);
  assert.deepEqual(await indexes('rekeyed'), [[true, ['connection_id', 'name'], false]]);
  const connection = await engine.connection();
  assert.equal(
    (await engine.sync(connection, plan, [{ Id: sfid('a00', 1), Name: 'x', SystemModstamp: at(0) }])).inserted,
    1,
  );
  assert.deepEqual(await ensureTarget(engine.pool, plan), []);
});

test('a key that rows share already is refused with a sentence', async () => {
  const table = { target: { table: 'shared' } };
  const plan = await planOf(base, table);
  await ensureTarget(engine.pool, plan);
  await engine.sync(
    await engine.connection(),
    plan,
    [1, 2].map((number) => ({ Id: sfid('a00', number), Name: 'x', SystemModstamp: at(0) })),
  );
  await assert.rejects(
    ensureTarget(engine.pool, await planOf(base, { ...table, upsertKey: ['name'] })),
    hasCode('CONFIG_INVALID'),
  );
  assert.deepEqual(await indexes('shared'), [[true, ['connection_id', 'sfid'], false]]);
});

test('tables whose long names begin alike each have their key', async () => {
  const long = 'a_table_whose_name_is_rather_long_';
  for (const table of [`${long}one`, `${long}two`]) {
    await ensureTarget(
      engine.pool,
      await planOf([...base, lookup('company_id', 'company', { sfdc_account_id: 'AccountId' })], { target: { table } }),
    );
    assert.equal((await indexes(table)).length, 2, table);
  }
});

test('ten workers that make the same table at once make one', async () => {
  const plan = await planOf(base, { target: { table: 'raced' } });
  const done = await Promise.all(Array.from({ length: 10 }, () => ensureTarget(engine.pool, plan)));
  assert.ok(done.flat().includes('created table model.raced'));
  assert.equal((await indexes('raced')).length, 1);
});

test('a reader who holds the table keeps nobody waiting for long', async () => {
  const plan = await planOf(base, { target: { table: 'held' } });
  await ensureTarget(engine.pool, plan);
  const reader = await engine.pool.connect();
  await reader.query('BEGIN');
  await reader.query('SELECT FROM model.held');
  const wider = await planOf([...base, field('won', 'Won__c')], { target: { table: 'held' } });
  await assert.rejects(ensureTarget(engine.pool, wider), { code: '55P03' });
  await reader.query('COMMIT');
  reader.release();
  assert.deepEqual(await ensureTarget(engine.pool, wider), ['added column held.won boolean']);
});

test('a table that is made is readable for the roles of its connections, and for those only', async () => {
  const name = randomUUID().slice(0, 8);
  const [reader, gone] = [`reader-${name}`, `gone-${name}`];
  await engine.pool.query(`CREATE ROLE "${reader}"`);
  const job = customJob('Deal', [field('sfid', 'Id')], { target: { table: 'readable' } });
  const id = await engine.connection(`granting-${name}`);
  await engine.pool.query(`UPDATE mooring.connection SET spec = spec || $2 WHERE id = $1`, [
    id,
    JSON.stringify({ grants: [gone, reader], jobs: [job] }),
  ]);
  await engine.pool.query(
    `INSERT INTO mooring.job (connection_id, name, kind, title, revision, spec) VALUES ($1, $2, 'custom', '', 1, $3)`,
    [...[id, job.name, JSON.stringify(job)]],
  );
  const reads = async (table: string): Promise<unknown> =>
    (await engine.rows(`SELECT has_table_privilege('${reader}', '${table}', 'SELECT') AS reads`))[0]?.['reads'];
  await ensureTarget(engine.pool, await planOf(job.mappings, { target: { table: 'readable' } }));
  await ensureTarget(engine.pool, await planOf(job.mappings, { target: { table: 'not_readable' } }));
  assert.deepEqual([await reads('model.readable'), await reads('model.not_readable')], [true, false]);
  await engine.pool.query(`DROP OWNED BY "${reader}"; DROP ROLE "${reader}"`);
});
