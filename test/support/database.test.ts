import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'pg';
import { createTestDatabase, prepareTemplate } from './database.ts';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('databases made from one template start equal and live apart, and the template is prepared once', async () => {
  let prepared = 0;
  const prepare = async (url: string): Promise<void> => {
    prepared += 1;
    await query(url, 'CREATE TABLE fruit AS SELECT 1 AS id');
  };
  const templates = await Promise.all([1, 2, 3].map(() => prepareTemplate('fruit', prepare, [String(process.pid)])));
  assert.equal(prepared, 1);
  const [one, two] = await Promise.all(templates.slice(0, 2).map((template) => createTestDatabase({ template })));
  assert.ok(one && two);
  await query(one.url, 'INSERT INTO fruit VALUES (2)');
  assert.deepEqual(await query(one.url, 'SELECT count(*)::int FROM fruit'), [{ count: 2 }]);
  assert.deepEqual(await query(two.url, 'SELECT count(*)::int FROM fruit'), [{ count: 1 }]);
  await Promise.all([one.drop(), two.drop()]);
  await assert.rejects(query(one.url, 'SELECT 1'), { code: '3D000' });
});

test('a template whose preparation fails is prepared again by the next one', async () => {
  let attempts = 0;
  const prepare = async (url: string): Promise<void> => {
    attempts += 1;
    await query(url, 'CREATE TABLE fruit ()');
    if (attempts === 1) throw new Error('halfway');
  };
  await assert.rejects(prepareTemplate('broken', prepare, [String(process.pid)]), /halfway/);
  const database = await createTestDatabase({
    template: await prepareTemplate('broken', prepare, [String(process.pid)]),
  });
  assert.deepEqual(await query(database.url, 'SELECT * FROM fruit'), []);
  await database.drop();
});
