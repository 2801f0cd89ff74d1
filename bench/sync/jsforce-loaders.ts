import type { Readable } from 'node:stream';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { Connection } from 'jsforce';
import { from as copyFrom } from 'pg-copy-streams';
import { inTransaction, type Client, type Pool } from '../../adapters/postgres/pool.ts';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import { copyBare, createBareTable, upsertSql } from './bare-copy.ts';
import type { Connected } from './world.ts';

type Row = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where somebody would begin: records as jsforce gives them, written as CSV into COPY, and one upsert. */
export interface LoaderInput {
  readonly connected: Connected;
  readonly table: string;
  readonly plan: CompiledJob;
  readonly soql: string;
}

const connectionOf = ({ session }: Connected): Connection =>
  new Connection({ instanceUrl: session.instanceUrl, accessToken: session.token, version: '62.0' });

const quoted = (value: Row[string]): string =>
  value === null || value === undefined ? '' : `"${String(value).replaceAll('"', '""')}"`;

async function copyRecords(client: Client, plan: CompiledJob, records: AsyncIterable<Row>): Promise<void> {
  const target = client.query(copyFrom(copyBare(plan)));
  let text = `${plan.paths.join(',')}\n`;
  for await (const record of records) {
    text += `${plan.paths.map((path) => quoted(record[path])).join(',')}\n`;
    if (text.length < 64 * 1024) continue;
    if (!target.write(text)) await once(target, 'drain');
    text = '';
  }
  target.end(text);
  await finished(target);
}

const load = (pool: Pool, { connected, table, plan }: LoaderInput, records: AsyncIterable<Row>): Promise<void> =>
  inTransaction(pool, async (client) => {
    await client.query(createBareTable(plan));
    await copyRecords(client, plan, records);
    await client.query(upsertSql(plan, table, connected.connectionId));
  });

async function* queried(connection: Connection, soql: string): AsyncIterable<Row> {
  let page = await connection.query(soql);
  for (;;) {
    yield* page.records as Row[];
    if (page.done || page.nextRecordsUrl === undefined) return;
    page = await connection.queryMore(page.nextRecordsUrl);
  }
}

/** `conn.query`, page by page. */
export const loadByQuery = (pool: Pool, input: LoaderInput): Promise<void> =>
  load(pool, input, queried(connectionOf(input.connected), input.soql));

/** `conn.bulk2.query`, record by record. */
export async function loadByBulk(pool: Pool, input: LoaderInput): Promise<void> {
  const connection = connectionOf(input.connected);
  connection.bulk2.pollInterval = 200;
  connection.bulk2.pollTimeout = 600_000;
  const records = (await connection.bulk2.query(input.soql)) as unknown as Readable;
  await load(pool, input, records);
}
