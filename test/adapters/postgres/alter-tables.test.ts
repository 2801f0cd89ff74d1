import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alterTable } from '../../../adapters/postgres/alter-tables.ts';
import { createPool } from '../../../adapters/postgres/pool.ts';
import { hasCode } from '../../errors.ts';
import { createTestDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';
import { whenTestsEnd } from '../../support/when-tests-end.ts';

const database = await createTestDatabase();
const pool = createPool(database.url);
whenTestsEnd(async () => {
  await pool.end();
  await database.drop();
});
await pool.query('CREATE TABLE deal (key text); INSERT INTO deal VALUES (1), (1)');

const columns = async (): Promise<string[]> => {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'deal'::regclass AND attnum > 0 ORDER BY attnum`,
  );
  return rows.map(({ name }) => name);
};

/** Somebody whose transaction has read the table, and who holds every change of it off. */
async function reader() {
  const client = await pool.connect();
  await client.query('BEGIN; SELECT count(*) FROM deal');
  return async (): Promise<void> => {
    await client.query('COMMIT');
    client.release();
  };
}

/** Changes that wait for the table now. */
const waiting = async (): Promise<number> => {
  const { rows } = await pool.query<{ count: string }>(
    `SELECT count(*) FROM pg_locks WHERE relation = 'deal'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted`,
  );
  return Number(rows[0]?.count);
};

test('whoever comes behind a change that waits gets through, and the change is made once the table is free', async () => {
  const release = await reader();
  const change = alterTable(pool, 'ALTER TABLE deal ADD COLUMN amount numeric', Array<number>(100).fill(50));
  try {
    await until('the change waits', async () => (await waiting()) > 0);
    const other = await pool.connect();
    await other.query("SET statement_timeout = '30s'"); // a failure in place of waiting for ever
    // Queued behind the change, which is queued behind the first reader: this ends only because the change steps back.
    const { rowCount } = await other.query('SELECT FROM deal').finally(() => other.release(true));
    assert.equal(rowCount, 2);
    assert.deepEqual(await columns(), ['key']);
  } finally {
    await release();
  }
  await change;
  assert.deepEqual(await columns(), ['key', 'amount']);
});

test('a table that somebody holds all the while is left as it is, with a way out', async () => {
  const release = await reader();
  await assert.rejects(alterTable(pool, 'ALTER TABLE deal ADD COLUMN stage text', []), hasCode('TABLE_BUSY'));
  await release();
  assert.deepEqual(await columns(), ['key', 'amount']);
});

test('a key that rows share is refused as what the files say, and anything else keeps its name', async () => {
  await assert.rejects(alterTable(pool, 'CREATE UNIQUE INDEX deal_key ON deal (key)'), hasCode('CONFIG_INVALID'));
  await assert.rejects(alterTable(pool, 'ALTER TABLE nothing ADD COLUMN x text'), { code: '42P01' });
});
