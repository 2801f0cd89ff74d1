import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobSpec } from '../../domain/job-spec.ts';
import { catalogJob, customJob, field, lookup } from '../jobs.ts';
import { createOrgSync, type OrgSync } from '../org-sync.ts';

const SIZES = {
  users: 8,
  accounts: 60,
  contacts: 40,
  relationships: 0,
  opportunities: 30,
  cases: 0,
  leads: 0,
  tasks: 0,
  events: 0,
};

const orgSync = (jobs: readonly JobSpec[], pageRows?: number): Promise<OrgSync> =>
  createOrgSync(jobs, {
    org: { sizes: SIZES, plantedBadRows: false },
    ...(pageRows === undefined ? {} : { emulator: { pageRows, bulk: { pageRows } } }),
  });

const deals = (rest: Partial<JobSpec> = {}): JobSpec =>
  customJob(
    'Opportunity',
    [field('sfdc_id', 'Id'), field('name', 'Name'), field('stage', 'StageName'), field('amount', 'Amount')],
    { name: 'deals', target: { table: 'deal' }, ...rest },
  );

const alive = async (sync: OrgSync, table = 'deal', key = 'sfdc_id'): Promise<unknown[]> =>
  (await sync.rows(`SELECT ${key} AS key FROM model.${table} WHERE deleted_at IS NULL ORDER BY 1`)).map(
    (row) => row['key'],
  );

const inOrg = async (sync: OrgSync, where: string, object = 'Opportunity'): Promise<string[]> => {
  const { rows } = await sync.org.pool.query<{ Id: string }>(
    `SELECT "Id" FROM "${sync.org.schema}"."${object}" WHERE ${where} ORDER BY "Id" COLLATE "C"`,
  );
  return rows.map(({ Id }) => Id).sort();
};
const OPEN = `NOT "IsDeleted" AND "StageName" NOT LIKE 'Closed%'`;
const FILTER = "StageName NOT IN ('Closed Won', 'Closed Lost')";

for (const onLeaveFilter of ['keep', 'deactivate', 'delete'] as const) {
  test(`a row that leaves the filter is treated as "${onLeaveFilter}" says, and comes back when it matches again`, async () => {
    const job = deals({ source: { object: 'Opportunity', filter: FILTER }, onLeaveFilter });
    const sync = await orgSync([job]);
    await sync.saveJobs([job]);
    await sync.run('deals');
    const before = await alive(sync);
    assert.deepEqual(before, await inOrg(sync, OPEN));
    const [left, deleted, other] = before;
    await sync.change(`UPDATE "Opportunity" SET "StageName" = 'Closed Won' WHERE "Id" = $1`, [left]);
    await sync.change(`UPDATE "Opportunity" SET "StageName" = 'Closed Lost', "IsDeleted" = true WHERE "Id" = $1`, [
      deleted,
    ]);
    await sync.change(`UPDATE "Opportunity" SET "Name" = 'Renamed' WHERE "Id" = $1`, [other]);
    const summary = await sync.run('deals');
    const kept = onLeaveFilter === 'keep' ? [left] : [];
    assert.deepEqual(await alive(sync), [...kept, ...(await inOrg(sync, OPEN))].sort());
    assert.deepEqual([summary.updated, summary.deleted], [1, onLeaveFilter === 'keep' ? 1 : 2]);
    const stored = await sync.rows('SELECT sfdc_id FROM model.deal WHERE sfdc_id = $1', [left]);
    assert.equal(stored.length, onLeaveFilter === 'delete' ? 0 : 1);
    const again = await sync.run('deals');
    assert.deepEqual([again.inserted, again.updated, again.deleted], [0, 0, 0]);
    await sync.change(`UPDATE "Opportunity" SET "StageName" = 'Prospecting' WHERE "Id" = $1`, [left]);
    await sync.run('deals');
    assert.deepEqual(await alive(sync), await inOrg(sync, OPEN));
    assert.deepEqual(await sync.rows('SELECT * FROM mooring.read_id'), []);
  });
}

test('a row that changes between the two readings is not taken for one that left', async () => {
  const job = deals({ source: { object: 'Opportunity', filter: FILTER }, onLeaveFilter: 'deactivate' });
  const sync = await orgSync([job]);
  await sync.saveJobs([job]);
  await sync.run('deals');
  const [id = ''] = (await alive(sync)) as string[];
  await sync.change(`UPDATE "Opportunity" SET "StageName" = 'Closed Won' WHERE "Id" = $1`, [id]);
  const begun = await sync.act('beginRun', { connection: 'acme', job: 'deals', workflowRunId: 'between' });
  assert.ok('runId' in begun && begun.readings === 2);
  await sync.act('extract', { runId: begun.runId, reading: 0 });
  await sync.change(`UPDATE "Opportunity" SET "StageName" = 'Prospecting' WHERE "Id" = $1`, [id]);
  await sync.act('extract', { runId: begun.runId, reading: 1 });
  await sync.act('finishRun', { runId: begun.runId, end: { status: 'success' } });
  assert.ok((await alive(sync)).includes(id));
});

test('a rejected row has not left the filter, nor the org', async () => {
  const job = deals({ source: { object: 'Opportunity', filter: FILTER }, onLeaveFilter: 'delete', onDelete: 'delete' });
  const sync = await orgSync([job]);
  await sync.saveJobs([job]);
  await sync.run('deals');
  await sync.pool.query(`ALTER TABLE model.deal ADD CONSTRAINT modest CHECK (amount < 1e9)`);
  const [id] = (await alive(sync)) as string[];
  await sync.change(`UPDATE "Opportunity" SET "Amount" = 5e9 WHERE "Id" = $1`, [id]);
  for (const mode of ['incremental', 'reconcile'] as const) {
    const summary = await sync.run('deals', { mode });
    assert.deepEqual([summary.rejected, summary.deleted], [1, 0], mode);
    assert.ok((await alive(sync)).includes(id));
  }
});

test('a reconcile ends what was purged, reads formulas anew, fills new columns and deactivates what left by a formula', async () => {
  const job = deals({ source: { object: 'Opportunity', filter: FILTER }, onLeaveFilter: 'deactivate' });
  const sync = await orgSync([job]);
  await sync.saveJobs([job]);
  await sync.run('deals');
  const [purged, silent, gone] = (await alive(sync)) as string[];
  await sync.change(`DELETE FROM "Opportunity" WHERE "Id" = $1`, [purged]);
  // As a formula does: the value changes, the stamp does not.
  await sync.org.pool.query(
    `BEGIN; SET LOCAL emulator.touch = 'none';
     UPDATE "${sync.org.schema}"."Opportunity" SET "Name" = 'By formula' WHERE "Id" = '${silent ?? ''}';
     UPDATE "${sync.org.schema}"."Opportunity" SET "StageName" = 'Closed Won' WHERE "Id" = '${gone ?? ''}'; COMMIT`,
  );
  await sync.advance(60);
  await sync.run('deals');
  assert.ok((await alive(sync)).includes(purged), 'nothing tells an incremental run');
  const wider = deals({ ...job, mappings: [...job.mappings, field('probability', 'Probability')] });
  await sync.saveJobs([wider]);
  const summary = await sync.run('deals', { mode: 'reconcile' });
  assert.deepEqual(await alive(sync), await inOrg(sync, OPEN));
  assert.equal(summary.deleted, 2);
  const named = await sync.rows('SELECT name FROM model.deal WHERE sfdc_id = $1', [silent]);
  assert.deepEqual(named, [{ name: 'By formula' }]);
  const empty = await sync.rows('SELECT FROM model.deal WHERE probability IS NULL AND deleted_at IS NULL');
  assert.equal(empty.length, 0);
  const again = await sync.run('deals', { mode: 'reconcile' });
  assert.deepEqual([again.inserted, again.updated, again.deleted], [0, 0, 0]);
});

test('a reconcile ends contacts that are gone with their persons, and leaves those that share an address', async () => {
  const jobs = [catalogJob('company-sync'), catalogJob('company-person-sync')];
  const sync = await orgSync(jobs);
  await sync.saveJobs(jobs);
  await sync.run('company-sync');
  await sync.run('company-person-sync');
  const contacts = await inOrg(sync, 'NOT "IsDeleted" AND "AccountId" IS NOT NULL', 'Contact');
  const [first, second, alone] = contacts;
  await sync.change(`UPDATE "Contact" SET "Email" = 'shared@x.example' WHERE "Id" IN ($1, $2)`, [first, second]);
  await sync.change(`UPDATE "Contact" SET "Email" = 'alone@x.example' WHERE "Id" = $1`, [alone]);
  await sync.run('company-person-sync');
  await sync.change(`DELETE FROM "Contact" WHERE "Id" IN ($1, $2)`, [first, alone]);
  await sync.run('company-person-sync', { mode: 'reconcile' });
  assert.deepEqual(
    await alive(sync, 'company_person', 'sfdc_contact_id'),
    contacts.filter((id) => id !== first && id !== alone),
  );
  const persons = await sync.rows(
    `SELECT email, deleted_at IS NULL AS alive FROM model.person WHERE email IN ('shared@x.example', 'alone@x.example') ORDER BY email`,
  );
  assert.deepEqual(persons, [
    { email: 'alone@x.example', alive: false },
    { email: 'shared@x.example', alive: true },
  ]);
});

test('a full run sees what was deleted since the watermark, which it moves', async () => {
  const job = deals();
  const sync = await orgSync([job]);
  await sync.saveJobs([job]);
  await sync.run('deals');
  const [deleted] = (await alive(sync)) as string[];
  await sync.change(`UPDATE "Opportunity" SET "IsDeleted" = true WHERE "Id" = $1`, [deleted]);
  await sync.advance(60);
  await sync.run('deals', { mode: 'full' });
  assert.deepEqual(await alive(sync), await inOrg(sync, 'NOT "IsDeleted"'));
});

test('a field that comes to the org, or comes back, is read in all rows, at once', async () => {
  const job = deals({ mappings: [...deals().mappings, field('extra', 'Extra__c', { optional: true })] });
  const sync = await orgSync([job]);
  await sync.saveJobs([job]);
  await sync.run('deals');
  await sync.control('PUT', '/orgs/acme/objects/Opportunity/fields/Extra__c', { type: 'string' });
  await sync.change(`UPDATE "Opportunity" SET "Extra__c" = 'x'`);
  await sync.control('DELETE', '/orgs/acme/objects/Opportunity/fields/Extra__c');
  await sync.advance(60);
  for (const _ of [1, 2]) assert.equal((await sync.run('deals')).mode, 'incremental');
  await sync.control('PUT', '/orgs/acme/objects/Opportunity/fields/Extra__c', { type: 'string' });
  assert.equal((await sync.run('deals')).mode, 'full');
  assert.deepEqual(await sync.rows(`SELECT FROM model.deal WHERE extra IS DISTINCT FROM 'x'`), []);
  assert.equal((await sync.run('deals')).mode, 'incremental');
});

test('a backfill reads what changed between two instants, and leaves the watermark', async () => {
  const job = deals();
  const sync = await orgSync([job]);
  await sync.saveJobs([job]);
  const ids = await inOrg(sync, 'NOT "IsDeleted"');
  const stamps = ['2025-03-01T10:00:00Z', '2025-03-02T10:00:00Z', '2025-03-03T10:00:00Z'];
  for (const [index, stamp] of stamps.entries())
    await sync.change(`UPDATE "Opportunity" SET "SystemModstamp" = $1 WHERE "Id" = $2`, [stamp, ids[index]]);
  const window = { from: '2025-03-01T10:00:00.000Z', to: '2025-03-03T10:00:00.000Z' };
  await sync.run('deals', { mode: 'backfill', ...window });
  assert.deepEqual(await alive(sync), ids.slice(0, 2));
  assert.deepEqual(await sync.rows('SELECT FROM mooring.watermark'), []);
  const [run] = await sync.rows('SELECT window_from, window_to FROM mooring.run');
  assert.deepEqual(
    [run?.['window_from'], run?.['window_to']].map((at) => (at as Date).toISOString()),
    [window.from, window.to],
  );
  const first = await sync.run('deals');
  assert.equal(first.mode, 'full');
});

test('an org that forgets its cursor in the middle costs a new beginning and no row', async () => {
  const job = deals({ extract: 'rest' });
  const sync = await createOrgSync([job], {
    org: { sizes: { ...SIZES, opportunities: 2_300 }, plantedBadRows: false },
  });
  await sync.saveJobs([job]);
  const asked: number[] = [];
  const summary = await sync.run(
    'deals',
    {},
    {
      beforePage: async (page) => {
        asked.push(page);
        if (asked.length === 1) await sync.org.pool.query('DELETE FROM emulator.query_cursor');
      },
    },
  );
  assert.deepEqual(asked, [1]);
  assert.ok(summary.read > 2_300 && summary.unchanged > 0, 'the first page was read twice');
  assert.deepEqual(await alive(sync), await inOrg(sync, 'NOT "IsDeleted"'));
});

test('an org that deletes the Bulk job between two pages costs a new job and no row', async () => {
  const job = deals({ extract: 'bulk' });
  const sync = await orgSync([job], 7);
  await sync.saveJobs([job]);
  let jobsDeleted = 0;
  await sync.run(
    'deals',
    {},
    {
      beforePage: async (page) => {
        if (page !== 2) return;
        jobsDeleted += 1;
        await sync.org.pool.query('DELETE FROM emulator.bulk_job');
      },
    },
  );
  assert.equal(jobsDeleted, 1);
  assert.deepEqual(await alive(sync), await inOrg(sync, 'NOT "IsDeleted"'));
});

test('a job stops politely before the org’s calls are used up, and goes on once there are more', async () => {
  const job = deals();
  const sync = await orgSync([job]);
  await sync.saveJobs([job]);
  const begun = await sync.act('beginRun', { connection: 'acme', job: 'deals', workflowRunId: 'poor' });
  assert.ok('runId' in begun);
  const { runId } = begun;
  await sync.control('POST', '/orgs/acme/limits', { used: 950, limit: 1_000 });
  await sync.act('beginRun', { connection: 'acme', job: 'deals', workflowRunId: 'another' });
  await assert.rejects(sync.act('extract', { runId, reading: 0 }), { type: 'SF_BUDGET_SPENT', nonRetryable: true });
  await sync.control('POST', '/orgs/acme/limits', { used: 5, limit: 1_000 });
  await sync.pool.query(`UPDATE mooring.api_budget SET seen_at = now() - interval '15 minutes'`);
  await sync.run('deals');
  assert.deepEqual(await alive(sync), await inOrg(sync, 'NOT "IsDeleted"'));
  assert.deepEqual(await sync.rows('SELECT FROM mooring.org_lease'), []);
});

test('rejects are read again by id under a new revision, and by a retry, and one whose row is gone is forgotten', async () => {
  const job = deals({ mappings: [...deals().mappings, field('size', 'Amount', { type: 'smallint' })] });
  const sync = await orgSync([job]);
  await sync.saveJobs([job]);
  const ids = await inOrg(sync, 'NOT "IsDeleted"');
  await sync.change(`UPDATE "Opportunity" SET "Amount" = 7 WHERE true`);
  await sync.change(`UPDATE "Opportunity" SET "Amount" = 99000 WHERE "Id" = ANY ($1)`, [ids.slice(0, 3)]);
  assert.equal((await sync.run('deals')).rejected, 3);
  await sync.advance(24 * 60);
  await sync.run('deals');
  assert.equal((await sync.run('deals')).rejected, 0, 'it is behind the watermark');
  await sync.change(`DELETE FROM "Opportunity" WHERE "Id" = $1`, [ids[1]]);
  await sync.org.pool.query(
    `BEGIN; SET LOCAL emulator.touch = 'none'; UPDATE "${sync.org.schema}"."Opportunity" SET "Amount" = 5 WHERE "Id" = '${ids[2] ?? ''}'; COMMIT`,
  );
  const retried = await sync.run('deals', { mode: 'retry' });
  assert.deepEqual([retried.read, retried.inserted, retried.rejected], [2, 1, 1]);
  const left = await sync.rows('SELECT source_id FROM mooring.rejected_row');
  assert.deepEqual(left, [{ source_id: ids[0] }]);
  const wider = deals({ mappings: [...deals().mappings, field('size', 'Amount', { type: 'numeric' })] });
  await sync.saveJobs([wider]);
  await sync.pool.query('ALTER TABLE model.deal ALTER COLUMN size TYPE numeric');
  const revised = await sync.run('deals');
  assert.deepEqual([revised.inserted, revised.rejected], [1, 0]);
  assert.deepEqual(await sync.rows('SELECT FROM mooring.rejected_row'), []);
  assert.deepEqual((await sync.run('deals', { mode: 'retry' })).read, 0);
});

test('a reference to a row that a filter keeps out is out of scope, and one that has just come is pending', async () => {
  const companies = catalogJob('company-sync', { source: { object: 'Account', filter: "Name LIKE 'In %'" } });
  const contacts = catalogJob('company-person-sync');
  const sync = await orgSync([companies, contacts]);
  await sync.saveJobs([companies, contacts]);
  const accounts = await inOrg(sync, 'NOT "IsDeleted"', 'Account');
  await sync.change(`UPDATE "Account" SET "Name" = 'Out ' || "Id"`);
  await sync.change(`UPDATE "Account" SET "Name" = 'In ' || "Id" WHERE "Id" = $1`, [accounts[0]]);
  await sync.change(`UPDATE "Contact" SET "AccountId" = $1 WHERE true`, [accounts[1]]);
  await sync.advance(60);
  await sync.run('company-sync');
  const first = await sync.run('company-person-sync');
  const inSalesforce = await inOrg(sync, 'NOT "IsDeleted"', 'Contact');
  assert.ok(first.outOfScope >= inSalesforce.length);
  await sync.change(`UPDATE "Contact" SET "AccountId" = $1 WHERE "Id" = $2`, [accounts[0], inSalesforce[0]]);
  await sync.change(`UPDATE "Contact" SET "AccountId" = $1 WHERE "Id" = $2`, [accounts[2], inSalesforce[1]]);
  const second = await sync.run('company-person-sync');
  assert.equal(second.pending, 1);
  await sync.change(`UPDATE "Account" SET "Name" = 'In after all' WHERE "Id" = $1`, [accounts[2]]);
  await sync.run('company-sync');
  const third = await sync.run('company-person-sync');
  assert.equal(third.pending, 0);
  const [late] = await sync.rows(
    'SELECT c.sfdc_account_id FROM model.company_person AS p JOIN model.company AS c ON c.id = p.company_id WHERE sfdc_contact_id = $1',
    [inSalesforce[1]],
  );
  assert.equal(late?.['sfdc_account_id'], accounts[2]);
});

for (const onDelete of ['deactivate', 'delete', 'ignore'] as const) {
  test(`children of merged accounts belong to the winner, over several merges, with onDelete "${onDelete}"`, async () => {
    const custom = customJob(
      'Opportunity',
      [field('sfdc_id', 'Id'), lookup('company_id', 'company', { sfdc_account_id: 'AccountId' })],
      {
        ...{ name: 'deals', target: { table: 'deal' } },
      },
    );
    const jobs = [catalogJob('company-sync', { onDelete }), catalogJob('company-person-sync'), custom];
    const sync = await orgSync(jobs);
    await sync.saveJobs(jobs);
    for (const { name } of jobs) await sync.run(name);
    const [winner, middle, loser] = await inOrg(sync, 'NOT "IsDeleted"', 'Account');
    const children = (account: string | undefined) =>
      sync.rows(
        `SELECT (SELECT count(*)::int FROM model.deal WHERE company_id = c.id) AS deals, (SELECT count(*)::int FROM model.company_person WHERE company_id = c.id) AS persons
         FROM model.company AS c WHERE sfdc_account_id = $1`,
        [account],
      );
    await sync.change(`UPDATE "Opportunity" SET "AccountId" = $1 WHERE true`, [loser]);
    await sync.change(`UPDATE "Contact" SET "AccountId" = $1 WHERE true`, [middle]);
    for (const { name } of jobs) await sync.run(name);
    const merge = (into: string | undefined, from: string | undefined) =>
      sync.org.pool.query(`SELECT "${sync.org.schema}".emulator_merge('Account', $1, $2)`, [into, from]);
    await merge(middle, loser);
    await merge(winner, middle);
    // Only the accounts are read again; their children would come later.
    await sync.run('company-sync');
    const [at] = await children(winner);
    assert.ok(Number(at?.['deals']) >= 20 && Number(at?.['persons']) >= 30, JSON.stringify(at));
    for (const name of ['company-person-sync', 'deals', 'company-sync']) await sync.run(name);
    assert.deepEqual(await children(winner), [at]);
    assert.deepEqual(await sync.rows('SELECT FROM mooring.pending_merge WHERE applied_at IS NULL'), []);
    const dangling = await sync.rows(
      'SELECT FROM model.deal AS d WHERE company_id IS NOT NULL AND NOT EXISTS (SELECT FROM model.company AS c WHERE c.id = d.company_id)',
    );
    assert.equal(dangling.length, 0);
  });
}

test('references to a row that is deleted from the model are taken back, and found again when it returns', async () => {
  const jobs = [catalogJob('company-sync', { onDelete: 'delete' }), catalogJob('company-person-sync')];
  const sync = await orgSync(jobs);
  await sync.saveJobs(jobs);
  for (const { name } of jobs) await sync.run(name);
  const [account] = await inOrg(sync, 'NOT "IsDeleted"', 'Account');
  await sync.change(`UPDATE "Contact" SET "AccountId" = $1 WHERE NOT "IsDeleted"`, [account]);
  for (const { name } of jobs) await sync.run(name);
  // The flag alone, as an org that does not take children along.
  await sync.change(`UPDATE "Account" SET "IsDeleted" = true WHERE "Id" = $1`, [account]);
  await sync.run('company-sync');
  const linked = () =>
    sync.rows('SELECT FROM model.company_person WHERE company_id IS NOT NULL AND deleted_at IS NULL');
  assert.equal((await linked()).length, 0);
  await sync.change(`UPDATE "Account" SET "IsDeleted" = false WHERE "Id" = $1`, [account]);
  for (const { name } of jobs) await sync.run(name);
  assert.ok((await linked()).length > 20);
});
