import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool, types } from 'pg';

// Dates stay text: a day has no time zone.
types.setTypeParser(types.builtins.DATE, (text) => text);

export interface TruthServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * Lets the scenarios ask the org's own storage, past everything of the emulator but its tables.
 *
 * `POST /` with `{"sql", "parameters"}` answers the rows as JSON; the search path is the org's schema.
 */
export async function startTruthServer(databaseUrl: string, schema: string): Promise<TruthServer> {
  const pool = new Pool({ connectionString: databaseUrl, options: `-c search_path=${schema},public -c timezone=UTC` });
  pool.on('error', () => undefined);
  const server = createServer((request, response) => {
    const answer = async (): Promise<string> => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const { sql, parameters = [] } = JSON.parse(body) as { sql: string; parameters?: unknown[] };
      return JSON.stringify((await pool.query<Record<string, unknown>>(sql, parameters)).rows);
    };
    answer().then(
      (text) => response.writeHead(200, { 'content-type': 'application/json' }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await pool.end();
    },
  };
}
