import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import pg from 'pg';
import { migrateModel } from '../../adapters/postgres/migrate.ts';
import { createPool } from '../../adapters/postgres/pool.ts';
import { CATALOG_JOBS, catalogJobs, readCatalogFile } from '../../config/catalog.ts';
import { MODEL_TABLES } from '../../domain/model-tables.ts';
import { STANDARD_COLUMNS } from '../../config/rules/check-targets.ts';
import { catalogJobSchema } from '../../config/schema/catalog-job.ts';
import { connectionSchema } from '../../config/schema/connection.ts';
import { createTestDatabase } from '../support/database.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';

const database = await createTestDatabase();
const pool = createPool(database.url);
whenTestsEnd(() => pool.end());
await migrateModel(pool, 'model');
const { rows: found } = await pool.query<{ name: string; type: string }>(
  `SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'model'::regnamespace AND c.relkind = 'r' AND a.attnum > 0`,
);
/** `table.column` → type. */
const columns = new Map(found.map(({ name, type }) => [name, type]));

/** PostgreSQL's own names of types → ours. */
const TYPE_NAMES: Readonly<Record<string, string>> = { 'timestamp with time zone': 'timestamptz' };

const columnOf = (table: string, target: string): string =>
  target.startsWith('person.') ? target : `${table}.${target}`;

test('every file of the catalog fits the schema of the catalog', () => {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true })
    .addVocabulary(['patternErrorMessage'])
    .compile(catalogJobSchema);
  for (const name of CATALOG_JOBS)
    assert.ok(validate(readCatalogFile(name)), `${name}: ${JSON.stringify(validate.errors)}`);
});

test('the catalog has the six jobs, under the names that a connection may change', () => {
  assert.deepEqual(
    catalogJobs().map(({ name }) => name),
    [...CATALOG_JOBS],
  );
  assert.deepEqual(Object.keys(connectionSchema.properties.jobs.properties), [...CATALOG_JOBS]);
  assert.equal(new Set(catalogJobs().map(({ kind }) => kind)).size, 6);
});

test('every field mapping of the catalog has a type, which is that of its column', () => {
  for (const { name, target, mappings } of catalogJobs()) {
    for (const mapping of mappings) {
      if (mapping.kind !== 'field') continue;
      const type = columns.get(columnOf(target.table, mapping.target));
      assert.equal(mapping.type, TYPE_NAMES[type ?? ''] ?? type, `${name}: ${mapping.target}`);
    }
  }
});

test('every lookup of the catalog has an id column and a source column in its table, and asks a column that exists', () => {
  for (const { name, target, mappings } of catalogJobs()) {
    for (const mapping of mappings) {
      if (mapping.kind !== 'lookup') continue;
      assert.equal(columns.get(`${target.table}.${mapping.target}`), 'uuid', `${name}: ${mapping.target}`);
      assert.equal(columns.get(`${target.table}.${mapping.target}_source`), 'text', `${name}: ${mapping.target}`);
      const asked = 'companyResolution' in mapping.by ? ['sfdc_account_id'] : mapping.by.map(({ column }) => column);
      for (const column of asked)
        assert.ok(columns.has(`${mapping.table}.${column}`), `${name}: ${mapping.target} asks ${column}`);
    }
  }
});

test('columns of the model that no job of the catalog fills are the known ones', () => {
  const filled = new Set(
    catalogJobs().flatMap(({ target, mappings }) =>
      mappings.flatMap((mapping) => {
        const column = columnOf(target.table, mapping.target);
        return mapping.kind === 'lookup' ? [column, `${column}_source`] : [column];
      }),
    ),
  );
  const loaded = ['app_user', 'company', 'person', 'company_person', 'relationship_type', 'relationship'];
  const left = [...columns.keys()].filter((name) => {
    const [table = '', column = ''] = name.split('.');
    return loaded.includes(table) && !(STANDARD_COLUMNS as readonly string[]).includes(column) && !filled.has(name);
  });
  assert.deepEqual(left.sort(), [
    'company.arr',
    'company.csm_user_id',
    'company.csm_user_id_source',
    'company.mrr',
    'company.original_contract_date',
    'company.renewal_date',
    'company.stage',
    'company.status',
    'company_person.person_id',
    'person.identity_key',
  ]);
});

test('every table that a job loads has the standard columns, and the model has exactly the tables we name', () => {
  const tables = new Set([...columns.keys()].map((name) => name.split('.')[0] ?? ''));
  assert.deepEqual([...tables].sort(), [...MODEL_TABLES].sort());
  for (const table of MODEL_TABLES) {
    if (table.startsWith('dropdown_') || table === 'external_identity') continue;
    for (const column of STANDARD_COLUMNS) assert.ok(columns.has(`${table}.${column}`), `${table}.${column}`);
  }
});

test('every upsert key of the catalog is uniquely indexed together with the connection', async () => {
  for (const { name, target, upsertKey } of catalogJobs()) {
    const { rows } = await pool.query(
      `SELECT 1 FROM pg_constraint WHERE contype = 'u' AND conrelid = $1::regclass
          AND (SELECT array_agg(attname::text ORDER BY attname) FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)) = $2`,
      [`model.${target.table}`, ['connection_id', ...upsertKey].sort()],
    );
    assert.equal(rows.length, 1, name);
  }
});

test('a Salesforce id of 15 characters is refused by the model', async () => {
  await assert.rejects(
    pool.query(
      `INSERT INTO model.company (connection_id, sfdc_account_id) VALUES (gen_random_uuid(), '001000000000001')`,
    ),
    (error) => error instanceof pg.DatabaseError && error.code === '23514',
  );
});

test('the model can be created in several schemas of one database', async () => {
  await migrateModel(pool, 'another_model');
  const { rows } = await pool.query(`SELECT 1 FROM pg_tables WHERE schemaname = 'another_model'`);
  assert.equal(rows.length, MODEL_TABLES.length);
});
