import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { MooringError } from '../../domain/errors.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';

const STATE_FOLDER = new URL('../../migrations/', import.meta.url);
const MODEL_FOLDER = new URL('../../migrations/model/', import.meta.url);

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly hash: string;
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{6}-[a-z0-9-]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      return { name, sql, hash: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Applies what is missing of `migrations` for `schema`; an applied file that changed since is refused, since its effect is unknown. */
async function applyMissing(client: Client, schema: string, migrations: readonly Migration[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; hash: string }>(
    'SELECT name, hash FROM mooring.migration WHERE schema_name = $1',
    [schema],
  );
  const applied = new Map(rows.map((row) => [row.name, row.hash]));
  const done: string[] = [];
  for (const { name, sql, hash } of migrations) {
    const before = applied.get(name);
    if (before === hash) continue;
    if (before !== undefined) {
      throw new MooringError(
        'PG_NOT_MIGRATED',
        `Migration "${name}" was changed after it had been applied to schema "${schema}". Migrations are append-only: restore the file and add a new one.`,
      );
    }
    await client.query(`SET LOCAL search_path TO ${pg.escapeIdentifier(schema)}`);
    await client.query(sql);
    await client.query('INSERT INTO mooring.migration (schema_name, name, hash) VALUES ($1, $2, $3)', [
      schema,
      name,
      hash,
    ]);
    done.push(name);
  }
  return done;
}

const prepare = `
  SELECT pg_advisory_xact_lock(hashtext('mooring.migration'));
  CREATE SCHEMA IF NOT EXISTS mooring;
  CREATE TABLE IF NOT EXISTS mooring.migration (
    schema_name text NOT NULL, name text NOT NULL, hash text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (schema_name, name)
  )`;

/**
 * Brings Mooring's own schema up to date and returns the names of the files it applied.
 * Safe to repeat and to run from several processes: one transaction under an advisory lock.
 *
 * @throws PG_NOT_MIGRATED when an applied file was edited
 */
export async function migrate(pool: Pool): Promise<string[]> {
  const migrations = await readMigrations(STATE_FOLDER);
  return inTransaction(pool, async (client) => {
    await client.query(prepare);
    return applyMissing(client, 'mooring', migrations);
  });
}

/** Creates or updates the customer model in `schema`; the same rules as {@link migrate}. */
export async function migrateModel(pool: Pool, schema: string): Promise<string[]> {
  const migrations = await readMigrations(MODEL_FOLDER);
  return inTransaction(pool, async (client) => {
    await client.query(prepare);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)}`);
    return applyMissing(client, schema, migrations);
  });
}

/** Returns those of the schemas that lack the customer model, or a part of it. One query. */
export async function schemasToMigrate(pool: Pool, schemas: readonly string[]): Promise<ReadonlySet<string>> {
  const migrations = await readMigrations(MODEL_FOLDER);
  const { rows } = await pool.query<{ schema: string }>(
    `SELECT s AS schema FROM unnest($1::text[]) AS s WHERE to_regnamespace(quote_ident(s)) IS NULL
       OR (SELECT count(*) FROM mooring.migration WHERE schema_name = s AND name = ANY ($2)) < $3`,
    [schemas, migrations.map(({ name }) => name), migrations.length],
  );
  return new Set(rows.map(({ schema }) => schema));
}

/**
 * Resolves when every migration of Mooring's own schema has been applied.
 *
 * @throws PG_NOT_MIGRATED naming the command that applies them
 */
export async function assertMigrated(pool: Pool): Promise<void> {
  const migrations = await readMigrations(STATE_FOLDER);
  const { rows } = await pool.query<{ exists: boolean }>(
    `SELECT to_regclass('mooring.migration') IS NOT NULL AS exists`,
  );
  const applied =
    rows[0]?.exists === true
      ? await pool.query<{ name: string }>(`SELECT name FROM mooring.migration WHERE schema_name = 'mooring'`)
      : { rows: [] };
  const names = new Set(applied.rows.map(({ name }) => name));
  const missing = migrations.filter(({ name }) => !names.has(name));
  if (missing.length === 0) return;
  throw new MooringError(
    'PG_NOT_MIGRATED',
    `The database lacks ${missing.length} of Mooring's migrations (first: "${missing[0]?.name ?? ''}"). Run: mooring migrate`,
  );
}
