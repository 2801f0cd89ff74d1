import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertMigrated, migrate, migrateModel } from '../../../adapters/postgres/migrate.ts';
import { createPool } from '../../../adapters/postgres/pool.ts';
import { toId18 } from '../../../domain/salesforce-ids.ts';
import { hasCode } from '../../errors.ts';
import { createTestDatabase } from '../../support/database.ts';
import { whenTestsEnd } from '../../support/when-tests-end.ts';

async function emptyDatabase() {
  const database = await createTestDatabase();
  const pool = createPool(database.url);
  whenTestsEnd(async () => {
    await pool.end();
    await database.drop();
  });
  return pool;
}

test('migrations are applied in order, once, also by ten processes at once', async () => {
  const pool = await emptyDatabase();
  await assert.rejects(assertMigrated(pool), hasCode('PG_NOT_MIGRATED'));
  const applied = (await Promise.all(Array.from({ length: 10 }, () => migrate(pool)))).filter(
    ({ length }) => length > 0,
  );
  assert.equal(applied.length, 1);
  assert.deepEqual(applied[0], applied[0]?.toSorted());
  await assertMigrated(pool);
});

test('an applied migration that was edited since is refused, and so is a database that lacks one', async () => {
  const pool = await emptyDatabase();
  const [first] = await migrate(pool);
  await pool.query(`UPDATE mooring.migration SET hash = 'other' WHERE name = $1`, [first]);
  await assert.rejects(migrate(pool), hasCode('PG_NOT_MIGRATED'));
  await pool.query('DELETE FROM mooring.migration WHERE name = $1', [first]);
  await assert.rejects(assertMigrated(pool), hasCode('PG_NOT_MIGRATED'));
});

test('each schema has a customer model of its own', async () => {
  const pool = await emptyDatabase();
  await migrate(pool);
  assert.notEqual((await migrateModel(pool, 'model')).length, 0);
  assert.notEqual((await migrateModel(pool, 'Other "model"')).length, 0);
  assert.deepEqual(await migrateModel(pool, 'model'), []);
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_tables WHERE schemaname IN ('model', 'Other "model"') AND tablename = 'company'`,
  );
  assert.equal(rows[0]?.count, 2);
});

test('ids of 15 characters get the same three more from PostgreSQL as from us', async () => {
  const pool = await emptyDatabase();
  await migrate(pool);
  const ids = ['001xx000003DGb1', '001XX000003DGB1', '000000000000000', 'AAAAAaaaaaZZZZZ', '00Dxx0000001gPL'];
  const { rows } = await pool.query<{ id: string }>('SELECT mooring.sfid18(id) AS id FROM unnest($1::text[]) AS id', [
    ids,
  ]);
  assert.deepEqual(
    rows.map(({ id }) => id),
    ids.map((id) => toId18(id)),
  );
});
