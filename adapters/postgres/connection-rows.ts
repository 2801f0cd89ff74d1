import pg from 'pg';
import type { Client, Pool } from './pool.ts';

/** A table of a customer model that holds rows of a connection. */
export interface RowTable {
  readonly schema: string;
  readonly table: string;
}

export const tableName = ({ schema, table }: RowTable): string =>
  `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;

/**
 * Returns the tables of all customer models that hold a row with the connection's id, whatever made them: the model, a custom job of
 * today, or one that left the files long ago. Reads at most one row of each.
 */
export async function findRowTables(client: Pool | Client, connectionId: string): Promise<readonly RowTable[]> {
  const { rows: tables } = await client.query<RowTable>(
    `SELECT n.nspname AS schema, c.relname AS table
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE n.nspname IN (SELECT schema_name FROM mooring.migration WHERE schema_name <> 'mooring')
        AND c.relkind = 'r' -- of a partitioned table its parts
        AND a.attname = 'connection_id' AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped
      ORDER BY 1, 2`,
  );
  if (tables.length === 0) return [];
  const looks = tables.map(
    (table, index) =>
      `SELECT ${index} AS index WHERE EXISTS (SELECT FROM ${tableName(table)} WHERE connection_id = $1::uuid)`,
  );
  const { rows: found } = await client.query<{ index: number }>(looks.join(' UNION ALL '), [connectionId]);
  const holding = new Set(found.map(({ index }) => index));
  return tables.filter((_, index) => holding.has(index));
}

export async function countRows(client: Pool | Client, table: RowTable, connectionId: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) AS count FROM ${tableName(table)} WHERE connection_id = $1`,
    [connectionId],
  );
  return Number(rows[0]?.count ?? 0);
}
