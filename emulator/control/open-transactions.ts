import type { Pool, PoolClient } from 'pg';
import { identifier } from '../data/sql.ts';
import type { Org } from '../org.ts';

/** One change of an org's rows in plain SQL. */
export interface Statement {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
}

/** Transactions that somebody opened by a control route and has not ended yet: late commits in the making. */
export interface OpenTransactions {
  /** Begins a transaction in the org's schema, and runs the statements in it. */
  readonly begin: (org: Org, statements: readonly Statement[]) => Promise<{ id: number; rows: (number | null)[] }>;
  /** Runs statements in a transaction that is open; `undefined` when there is none. */
  readonly run: (id: number, statements: readonly Statement[]) => Promise<(number | null)[] | undefined>;
  /** Ends a transaction. Returns false when there is none. */
  readonly end: (id: number, how: 'COMMIT' | 'ROLLBACK') => Promise<boolean>;
  /** Rolls back what is left. */
  readonly stop: () => Promise<void>;
}

/** Runs statements one after the other and returns how many rows each one touched. */
export async function runStatements(client: PoolClient, statements: readonly Statement[]): Promise<(number | null)[]> {
  const rows: (number | null)[] = [];
  for (const { sql, parameters = [] } of statements) rows.push((await client.query(sql, [...parameters])).rowCount);
  return rows;
}

export function createOpenTransactions(pool: Pool): OpenTransactions {
  const open = new Map<number, PoolClient>();
  let lastId = 0;

  const end: OpenTransactions['end'] = async (id, how) => {
    const client = open.get(id);
    if (client === undefined) return false;
    open.delete(id);
    try {
      await client.query(how);
    } finally {
      client.release();
    }
    return true;
  };

  return {
    begin: async (org, statements) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query(`SET LOCAL search_path = ${identifier(org.schema)}`);
        const rows = await runStatements(client, statements);
        lastId += 1;
        open.set(lastId, client);
        return { id: lastId, rows };
      } catch (error) {
        await client.query('ROLLBACK');
        client.release();
        throw error;
      }
    },
    run: async (id, statements) => {
      const client = open.get(id);
      return client === undefined ? undefined : runStatements(client, statements);
    },
    end,
    stop: async () => {
      await Promise.all([...open.keys()].map((id) => end(id, 'ROLLBACK')));
    },
  };
}
