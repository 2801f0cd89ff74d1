import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customJob, field } from '../jobs.ts';
import { createOrgSync, type OrgSync } from '../org-sync.ts';

const SIZES = { users: 5, accounts: 10, contacts: 0, relationships: 0, opportunities: 25, cases: 0, leads: 0 };
const job = customJob('Opportunity', [field('sfdc_id', 'Id'), field('name', 'Name')], {
  ...{ name: 'deals', target: { table: 'deal' } },
});

/** An org whose Opportunity lacks these fields. */
async function orgWithout(...fields: readonly string[]): Promise<OrgSync> {
  const sync = await createOrgSync([job], {
    org: { sizes: { ...SIZES, tasks: 0, events: 0 }, plantedBadRows: false },
  });
  for (const name of fields) await sync.control('DELETE', `/orgs/acme/objects/Opportunity/fields/${name}`);
  await sync.saveJobs([job]);
  return sync;
}

const inOrg = async ({ org }: OrgSync): Promise<unknown[]> =>
  (
    await org.pool.query<object>(
      `SELECT "Id" AS sfdc_id, "Name" AS name FROM "${org.schema}"."Opportunity" WHERE NOT "IsDeleted" ORDER BY 1`,
    )
  ).rows;
const inModel = (sync: OrgSync): Promise<unknown[]> =>
  sync.rows('SELECT sfdc_id, name FROM model.deal WHERE deleted_at IS NULL ORDER BY 1');

for (const { lacks, goesBy } of [
  { lacks: ['SystemModstamp'], goesBy: 'LastModifiedDate' },
  { lacks: ['SystemModstamp', 'LastModifiedDate'], goesBy: 'CreatedDate' },
]) {
  test(`an object without ${lacks.join(' and ')} is read on from its ${goesBy}`, async () => {
    const sync = await orgWithout(...lacks);
    assert.equal((await sync.run('deals')).mode, 'full');
    assert.deepEqual(await inModel(sync), await inOrg(sync));
    await sync.advance(60);
    await sync.change(
      `INSERT INTO "Opportunity" ("Name", "StageName", "CloseDate") VALUES ('New', 'Prospecting', '2026-12-01')`,
    );
    if (goesBy === 'LastModifiedDate')
      await sync.change(
        `UPDATE "Opportunity" SET "Name" = 'Changed' WHERE "Id" = (SELECT min("Id") FROM "Opportunity" WHERE NOT "IsDeleted")`,
      );
    const { mode, read } = await sync.run('deals');
    assert.deepEqual([mode, read], ['incremental', goesBy === 'LastModifiedDate' ? 2 : 1]);
    assert.deepEqual(await inModel(sync), await inOrg(sync));
  });
}

test('an object without any date is read whole each time, and what is missing then is gone', async () => {
  const sync = await orgWithout('SystemModstamp', 'LastModifiedDate', 'CreatedDate');
  assert.equal((await sync.run('deals')).mode, 'reconcile');
  await sync.change(
    `UPDATE "Opportunity" SET "Name" = 'Changed' WHERE "Id" = (SELECT min("Id") FROM "Opportunity" WHERE NOT "IsDeleted")`,
  );
  await sync.change(
    `DELETE FROM "Opportunity" WHERE "Id" = (SELECT max("Id") FROM "Opportunity" WHERE NOT "IsDeleted")`,
  );
  const { mode, updated, deleted } = await sync.run('deals');
  assert.deepEqual([mode, updated, deleted], ['reconcile', 1, 1]);
  assert.deepEqual(await inModel(sync), await inOrg(sync));
});

test('of an object without IsDeleted a reconcile finds what is gone', async () => {
  const sync = await orgWithout('IsDeleted');
  await sync.run('deals');
  await sync.advance(60);
  await sync.change(
    `DELETE FROM "Opportunity" WHERE "Id" = (SELECT max("Id") FROM "Opportunity" WHERE NOT "IsDeleted")`,
  );
  assert.equal((await sync.run('deals')).mode, 'incremental');
  assert.equal((await inModel(sync)).length, (await inOrg(sync)).length + 1);
  await sync.run('deals', { mode: 'reconcile' });
  assert.deepEqual(await inModel(sync), await inOrg(sync));
});
