import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSummary } from '../../domain/run.ts';
import {
  COMPANY,
  COMPANY_PERSON,
  modelPersons,
  modelRows,
  orgPersons,
  orgRows,
  RELATIONSHIP,
  RELATIONSHIP_TYPE,
  USER,
  type Comparison,
} from './org-truth.ts';
import { startStory, type Story } from './story.ts';

const YAML = `
jobs:
  company-sync:
    extract: bulk
    map: { arr: ARR__c, renewal_date: Renewal_Date__c }
`;

const story = await startStory(YAML, {
  sizes: {
    users: 40,
    accounts: 1_800,
    contacts: 5_200,
    relationshipTypes: 8,
    relationships: 700,
    opportunities: 50,
    cases: 10,
  },
});

const TABLES: readonly Comparison[] = [USER, COMPANY, COMPANY_PERSON, RELATIONSHIP_TYPE, RELATIONSHIP];

async function assertModelEqualsOrg({ pool, org }: Story): Promise<void> {
  for (const comparison of TABLES) {
    const [expected, actual] = await Promise.all([
      orgRows(org.pool, org.schema, comparison),
      modelRows(pool, comparison),
    ]);
    assert.ok(expected.size > 0, `the org has rows for ${comparison.table}`);
    assert.equal(actual.size, expected.size, `${comparison.table}: number of rows`);
    for (const [key, row] of expected) assert.deepEqual(actual.get(key), row, `${comparison.table} ${key}`);
  }
  const [expected, actual] = await Promise.all([orgPersons(org.pool, org.schema), modelPersons(pool)]);
  assert.deepEqual(new Map([...actual].sort()), new Map([...expected].sort()), 'persons');
}

const summaryOf = (jobs: readonly RunSummary[], name: string): RunSummary => {
  const found = jobs.find(({ job }) => job === name);
  assert.ok(found, `there is a summary of ${name}`);
  return found;
};

test('one authorization fills the customer model with exactly the rows of the org', async () => {
  const { jobs } = await story.authorize();
  const statuses = Object.fromEntries(jobs.map(({ job, status }) => [job, status]));
  assert.deepEqual(statuses, {
    'picklist-sync': 'success',
    'user-sync': 'success',
    'company-sync': 'success',
    'company-person-sync': 'success',
    'relationship-type-sync': 'success',
    'relationship-sync': 'partial_success',
  });
  assert.equal(summaryOf(jobs, 'company-sync').strategy, 'bulk');
  assert.equal(summaryOf(jobs, 'company-person-sync').strategy, 'rest');
  await assertModelEqualsOrg(story);
});

test('rows that cannot be loaded are kept as rejects with their reason', async () => {
  const { rows } = await story.pool.query<{ source_id: string; message: string; code: string }>(
    `SELECT source_id, code, message FROM mooring.rejected_row ORDER BY source_id`,
  );
  const expected = await story.org.pool.query<{ Id: string }>(
    `SELECT "Id" FROM "${story.org.schema}"."JBCXM__GSRelationship__c" WHERE NOT "IsDeleted" AND "Name" IS NULL ORDER BY "Id"`,
  );
  assert.ok(expected.rows.length > 0, 'the generator planted some');
  assert.deepEqual(
    rows.map(({ source_id }) => source_id),
    expected.rows.map(({ Id }) => Id),
  );
  assert.ok(rows.every(({ code, message }) => code === 'REQUIRED_MISSING' && message.includes('Name')));
});

test('a second run reads what is new and changes nothing', async () => {
  const before = await fingerprint(story);
  const { jobs } = await story.run();
  for (const { job, inserted, updated, deleted } of jobs)
    assert.deepEqual([job, inserted, updated, deleted], [job, 0, 0, 0]);
  assert.deepEqual(await fingerprint(story), before);
});

test('after one percent of the org has changed, exactly those rows change', async () => {
  const { pool: org, schema } = story.org;
  const changed = new Map<string, number>();
  for (const [job, object, column] of [
    ['company-sync', 'Account', 'Phone'],
    ['company-person-sync', 'Contact', 'Title'],
    ['user-sync', 'User', 'Department'],
    ['relationship-sync', 'JBCXM__GSRelationship__c', 'JBCXM__Stage__c'],
  ] as const) {
    const alive =
      object === 'User'
        ? `"UserType" = 'Standard'`
        : object.startsWith('JBCXM')
          ? `NOT "IsDeleted" AND "Name" IS NOT NULL`
          : 'NOT "IsDeleted"';
    const result = await org.query(
      `UPDATE "${schema}"."${object}" SET "${column}" = 'changed ' || "Id" WHERE "Id" IN
         (SELECT "Id" FROM "${schema}"."${object}" WHERE ${alive} ORDER BY md5("Id") LIMIT (SELECT ceil(count(*) / 100.0) FROM "${schema}"."${object}"))`,
    );
    changed.set(job, result.rowCount ?? 0);
  }
  const { jobs } = await story.run();
  for (const [job, count] of changed) {
    assert.equal(summaryOf(jobs, job).updated, count, job);
    assert.equal(summaryOf(jobs, job).inserted, 0, job);
  }
  await assertModelEqualsOrg(story);
});

/** What every row of the model was last written by: equal when nothing was written. */
async function fingerprint({ pool }: Story): Promise<Record<string, string | undefined>> {
  const tables = [
    'app_user',
    'company',
    'person',
    'company_person',
    'relationship_type',
    'relationship',
    'dropdown_list',
    'dropdown_item',
    'external_identity',
  ];
  const entries = await Promise.all(
    tables.map(async (table) => {
      const { rows } = await pool.query<{ print: string }>(
        `SELECT md5(string_agg(xmin::text || ctid::text, ',' ORDER BY ctid)) AS print FROM model.${table}`,
      );
      return [table, rows[0]?.print] as const;
    }),
  );
  return Object.fromEntries(entries);
}
