import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migrate, migrateModel } from '../../adapters/postgres/migrate.ts';
import { createPool } from '../../adapters/postgres/pool.ts';
import { readColumns } from '../../adapters/postgres/target-tables.ts';
import { createTestDatabase } from '../support/database.ts';
import { codeRows, sectionOf, textOf } from './pages.ts';

const PAGE = 'docs/model.md';

/** `table.column type` of every row of the page's tables; columns that many tables have stand in a section of their own. */
function describedColumns(): string[] {
  const tables = [...textOf(PAGE).matchAll(/^### `(\w+)`$/gm)].map(([, table = '']) => table);
  const common = codeRows(sectionOf(PAGE, '## Columns that every table has'));
  return tables.flatMap((table) => {
    const section = sectionOf(PAGE, `### \`${table}\``);
    const own = codeRows(section);
    const shared = /\[the common\s+columns\]/.test(section) ? common : [];
    return [...own, ...shared].map(({ code, cells }) => `${table}.${code} ${cells[0] ?? ''}`);
  });
}

test('docs/model.md names every table and column of the customer model, with its type', async () => {
  const database = await createTestDatabase();
  const pool = createPool(database.url);
  try {
    await migrate(pool);
    await migrateModel(pool, 'model');
    const columns = await readColumns(pool, 'model');
    const existing = [...columns].map(([name, type]) => `${name} ${type}`);
    assert.deepEqual(describedColumns().sort(), existing.sort());
  } finally {
    await pool.end();
    await database.drop();
  }
});
