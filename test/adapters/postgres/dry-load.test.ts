import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { dryLoad } from '../../../adapters/postgres/dry-load.ts';
import { readColumns } from '../../../adapters/postgres/target-tables.ts';
import { compileJob } from '../../../domain/compile-job.ts';
import type { CompiledJob } from '../../../domain/compiled-job.ts';
import { NO_ROWS } from '../../../domain/run.ts';
import { ACCOUNT, CONTACT, describeOf, reference } from '../../describes.ts';
import { catalogJob, customJob, field, lookup } from '../../jobs.ts';
import { at, pageOf, sfid, type SourceRow } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const companies = await engine.compile(catalogJob('company-sync'), [ACCOUNT]);
const account = (number: number, rest: SourceRow = {}): SourceRow => ({
  ...{ Id: sfid('001', number), Name: `Account ${number}`, SystemModstamp: at(0), IsDeleted: 'false' },
  ...rest,
});
const textOf = (plan: CompiledJob, rows: readonly SourceRow[]): string => {
  const page = pageOf(plan, rows, 'json');
  return page.format === 'json' ? page.text : assert.fail();
};
const load = (connectionId: string, plan: CompiledJob, ...pages: readonly SourceRow[][]) => {
  const owner = { connectionId, job: plan.table, runId: randomUUID() };
  return dryLoad(engine.pool, { plan, owner, pages: pages.map((rows) => textOf(plan, rows)) });
};
/** Everything that a load could leave behind. */
const state = (): Promise<Record<string, unknown>[]> =>
  engine.rows(`SELECT * FROM (
    SELECT 'company' AS what, to_jsonb(c) AS row FROM model.company AS c UNION ALL
    SELECT 'person', to_jsonb(p) FROM model.person AS p UNION ALL
    SELECT 'role', to_jsonb(p) FROM model.company_person AS p UNION ALL
    SELECT 'identity', to_jsonb(e) FROM model.external_identity AS e UNION ALL
    SELECT 'reject', to_jsonb(r) FROM mooring.rejected_row AS r UNION ALL
    SELECT 'run', to_jsonb(r) FROM mooring.run AS r UNION ALL
    SELECT 'fence', to_jsonb(f) FROM mooring.job_fence AS f UNION ALL
    SELECT 'table', to_jsonb(t.relname) FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace WHERE n.nspname = 'model'
    ) AS everything ORDER BY what, row::text`);

test('a dry load over several pages tells what a load would have done, and leaves nothing', async () => {
  const connection = await engine.connection();
  await engine.sync(connection, companies, [account(1), account(2)]);
  const before = await state();
  const said = await load(
    connection,
    companies,
    [account(1), account(2, { Name: 'Another', SystemModstamp: at(1) })],
    [account(3), account(4, { NumberOfEmployees: '12.5' }), account(5, { NumberOfEmployees: '7.5' })],
  );
  assert.deepEqual(said, {
    ...{ ...NO_ROWS, read: 5, inserted: 1, updated: 1, unchanged: 1, rejected: 2 },
    rejects: [
      { field: 'NumberOfEmployees', code: 'VALUE_INVALID', rows: 2, sourceIds: [sfid('001', 4), sfid('001', 5)] },
    ],
    tableChanges: [],
  });
  assert.deepEqual(await state(), before);
});

test('a table that is not there yet is made for the dry load alone', async () => {
  const connection = await engine.connection();
  const deal = describeOf('Deal__c', { Name: 'string', Account__c: reference('Account__c', 'Account') });
  const job = customJob('Deal__c', [
    field('sfid', 'Id'),
    field('name', 'Name'),
    lookup('company_id', 'company', { sfdc_account_id: 'Account__c' }, { onMissing: 'reject' }),
  ]);
  const plan = compileJob({
    ...{ job, schema: 'model', companyResolution: [], describes: [deal], mode: 'full' },
    columns: await readColumns(engine.pool, 'model'),
    upsertKeys: new Map([['company', ['sfdc_account_id']]]),
  });
  const before = await state();
  const row = { Id: sfid('a01', 1), Name: 'Deal', SystemModstamp: at(0), Account__c: sfid('001', 99) };
  const said = await load(connection, plan, [row]);
  assert.deepEqual(said.rejects, [{ field: 'Account__c', code: 'LOOKUP_MISSING', rows: 1, sourceIds: [row.Id] }]);
  assert.match(said.tableChanges.join('\n'), /created table model\.deal__c/);
  assert.deepEqual(await state(), before);
});

test('persons are decided and taken back too', async () => {
  const connection = await engine.connection();
  const contacts = await engine.compile(catalogJob('company-person-sync'), [CONTACT]);
  const before = await state();
  const contact = (number: number) => ({
    ...{ Id: sfid('003', number), Email: `p${number}@example.com`, LastName: 'P', SystemModstamp: at(0) },
    ...{ AccountId: sfid('001', 1), IsDeleted: 'false' },
  });
  const said = await load(connection, contacts, [contact(1), contact(2)]);
  assert.deepEqual([said.read, said.inserted, said.rejected], [2, 2, 0]);
  assert.deepEqual(await state(), before);
});
