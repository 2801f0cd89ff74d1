import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobSpec } from '../../domain/job-spec.ts';
import { customJob, field } from '../jobs.ts';
import { createOrgSync } from '../org-sync.ts';

/** As many fields of its own as an object of Salesforce's largest edition may have, with names that no address could hold. */
const NAMES = Array.from({ length: 500 }, (_, index) => `A_Custom_Field_With_A_Rather_Long_Name_${index}__c`);
const TYPES = ['string', 'double', 'boolean', 'date'] as const;
const typeOf = (index: number): (typeof TYPES)[number] => TYPES[index % TYPES.length] ?? 'string';
const VALUES = {
  string: `'text ' || "Name"`,
  double: `'1234567890123.5'`,
  boolean: 'true',
  date: `'2026-01-05'`,
} as const;
const LOADED = {
  string: (name: string): unknown => `text ${name}`,
  double: (): unknown => '1234567890123.5',
  boolean: (): unknown => true,
  date: (): unknown => '2026-01-05',
} as const;

const wideJob = (extract: JobSpec['extract']): JobSpec =>
  customJob(
    'Opportunity',
    [field('sfdc_id', 'Id'), field('name', 'Name'), ...NAMES.map((name, index) => field(`f${index}`, name))],
    { name: `wide-${extract}`, target: { table: `wide_${extract}` }, extract },
  );

test('an object with 500 fields of its own is read whole by REST, by Bulk and by whichever fits', async () => {
  const jobs = (['rest', 'bulk', 'auto'] as const).map(wideJob);
  const sizes = { users: 3, accounts: 5, contacts: 0, relationships: 0, opportunities: 120, cases: 0, leads: 0 };
  const sync = await createOrgSync(jobs, {
    org: { sizes: { ...sizes, tasks: 0, events: 0 }, plantedBadRows: false },
    emulator: { pageRows: 50, bulk: { pageRows: 50 } },
  });
  await sync.control(
    'PUT',
    '/orgs/acme/objects/Opportunity/fields',
    Object.fromEntries(NAMES.map((name, index) => [name, { type: typeOf(index), precision: 18, scale: 2 }])),
  );
  await sync.change(
    `UPDATE "Opportunity" SET ${NAMES.map((name, index) => `"${name}" = ${VALUES[typeOf(index)]}`).join(', ')}`,
  );
  await sync.saveJobs(jobs);
  const { rows: truth } = await sync.org.pool.query<{ id: string; name: string }>(
    `SELECT "Id" AS id, "Name" AS name FROM "${sync.org.schema}"."Opportunity" WHERE NOT "IsDeleted" ORDER BY 1`,
  );
  const expected = truth.map(({ id, name }) => ({
    id,
    values: NAMES.map((_, index) => LOADED[typeOf(index)](name)),
  }));
  for (const { name, target } of jobs) {
    const summary = await sync.run(name);
    assert.deepEqual([name, summary.status, summary.inserted], [name, 'success', truth.length]);
    const columns = NAMES.map((_, index) => `f${index}${typeOf(index) === 'date' ? '::text' : ''}`).join(', ');
    const found = await sync.rows(
      `SELECT sfdc_id, ${columns} FROM model.${target.table} WHERE deleted_at IS NULL ORDER BY sfdc_id`,
    );
    assert.deepEqual(
      found.map(({ sfdc_id: id, ...values }) => ({ id, values: Object.values(values) })),
      expected,
    );
  }
  const runs = await sync.rows('SELECT strategy FROM mooring.run ORDER BY started_at');
  assert.deepEqual(
    runs.map(({ strategy }) => strategy),
    ['rest', 'bulk', 'rest'],
  );
  const log = (await sync.control('GET', '/requests?path=composite')) as readonly { readonly status: number }[];
  assert.deepEqual([...new Set(log.map(({ status }) => status))], [200], 'the statement went in a body');
});
