import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { migrate, migrateModel } from '../../adapters/postgres/migrate.ts';
import { createPool } from '../../adapters/postgres/pool.ts';
import { loadConfig, loadTexts } from '../../config/load-config.ts';
import { createTestDatabase } from '../support/database.ts';
import { blocksOf, PAGES } from './pages.ts';

/** A block that declares something; others are excerpts. */
const isConfiguration = (yaml: string): boolean => /^connection:/m.test(yaml);

/** Its SQL is for the database of an emulated org. */
const ABOUT_ANOTHER_DATABASE = 'docs/emulator.md';

test('every configuration in README and docs passes mooring check', () => {
  const blocks = PAGES.flatMap((page) =>
    blocksOf(page, 'yaml')
      .filter(isConfiguration)
      .map((text) => ({ page, text })),
  );
  assert.ok(blocks.some(({ page }) => page === 'README.md'));
  for (const { page, text } of blocks) assert.deepEqual(loadTexts([{ file: page, text }]).diagnostics, [], page);
});

test('every folder of examples passes mooring check', async () => {
  const { connections, diagnostics } = await loadConfig([resolve(import.meta.dirname, '../../examples')]);
  assert.deepEqual(diagnostics, []);
  assert.ok(connections.length > 0);
});

test('every SQL statement in README and docs runs on a fresh database', async () => {
  const pages = PAGES.filter((page) => page !== ABOUT_ANOTHER_DATABASE);
  const blocks = pages.flatMap((page) => blocksOf(page, 'sql').map((sql) => ({ page, sql })));
  assert.ok(blocks.length > 5);
  const database = await createTestDatabase();
  const pool = createPool(database.url, { max: 1 });
  try {
    await migrate(pool);
    await migrateModel(pool, 'model');
    for (const { page, sql } of blocks) {
      // Roles belong to the server, which other test files use too: what a block does is undone.
      await pool.query(`BEGIN; ${sql.replaceAll(/^(BEGIN|COMMIT);$/gm, '')}`).catch((error: unknown) => {
        assert.fail(`${page}: ${String(error)} in:\n${sql}`);
      });
      await pool.query('ROLLBACK');
    }
  } finally {
    await pool.end();
    await database.drop();
  }
});
