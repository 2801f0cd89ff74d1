import type { Pool } from 'pg';
import { EMULATOR_SCHEMA_SQL } from './emulator-schema-sql.ts';
import { identifier } from './sql.ts';

/** Collations that know the letters of all scripts, the fastest first; the last one always exists. */
const COLLATIONS = ['pg_c_utf8', 'und-x-icu', 'default'];

/** Lower case for comparing texts, whatever the database's own locale: in "C" it would know ASCII letters only. */
async function foldSql(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ collname: string }>(
    'SELECT collname FROM pg_collation WHERE collname = ANY($1)',
    [COLLATIONS],
  );
  const collation = COLLATIONS.find((name) => rows.some((row) => row.collname === name)) ?? 'default';
  return `CREATE OR REPLACE FUNCTION emulator.fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(value COLLATE ${identifier(collation)})`;
}

/** Makes the emulator's own tables. With `reset`, everything of earlier emulators goes first. Safe to repeat. */
export async function prepareDatabase(pool: Pool, reset: boolean): Promise<void> {
  if (reset) {
    const { rows } = await pool.query<{ nspname: string }>(
      `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'org\\_%'`,
    );
    for (const { nspname } of rows) await pool.query(`DROP SCHEMA ${identifier(nspname)} CASCADE`);
    await pool.query('DROP SCHEMA IF EXISTS emulator CASCADE');
  }
  await pool.query(EMULATOR_SCHEMA_SQL);
  await pool.query(await foldSql(pool));
}
