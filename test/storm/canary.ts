import assert from 'node:assert/strict';
import pg from 'pg';
import type { Pool } from '../../adapters/postgres/pool.ts';
import { createSecretFinder } from '../support/find-secrets.ts';
import { keptByTemporal } from '../support/kept-by-temporal.ts';
import type { World } from './world.ts';

/** Every row of every table, as text, by table. */
export async function dumpOf(pool: Pool, schemas: readonly string[]): Promise<Map<string, string>> {
  const { rows: tables } = await pool.query<{ schema: string; name: string }>(
    'SELECT schemaname AS schema, tablename AS name FROM pg_tables WHERE schemaname = ANY ($1) ORDER BY 1, 2',
    [schemas],
  );
  const dump = new Map<string, string>();
  for (const { schema, name } of tables) {
    const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
    const { rows } = await pool.query<{ row: string }>(`SELECT t::text AS row FROM ${table} t ORDER BY 1`);
    dump.set(`table ${schema}.${name}`, rows.map(({ row }) => row).join('\n'));
  }
  return dump;
}

/**
 * Fails when anything secret can be read anywhere: not in what Temporal keeps, not in the database, not in what was logged, answered
 * or complained about. Secret is whatever the orgs handed out, the apps' secrets, people's passwords, our key, tickets and cookies.
 */
export async function assertNothingLeaked(world: World): Promise<void> {
  const { temporal, pool, salesforce, said, ourSecrets, key } = world;
  const secrets = new Set([...(await salesforce.secrets()), ...ourSecrets, key]);
  const places = new Map([
    ...(await keptByTemporal(temporal.client)),
    ...(await dumpOf(pool, ['mooring', 'model'])),
    ['logs and answers', said.join('\n')],
  ]);
  const workflows = [...places.keys()].filter((place) => place.startsWith('workflow '));
  assert.ok(workflows.length > 0, 'there are histories to look at');
  const find = createSecretFinder(secrets);
  const leaks = [...places].flatMap(([place, text]) => find(text).map((secret) => `${place}: ${secret.slice(0, 24)}…`));
  assert.deepEqual(leaks, []);
}
