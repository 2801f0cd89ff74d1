import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startPostgres } from '../../services/postgres.ts';
import { TEST_SETTINGS } from './test-settings.ts';
import { once, whenTestsEnd } from './when-tests-end.ts';

export interface TestDatabase {
  readonly url: string;
  /** Ends every session on it first. */
  readonly drop: () => Promise<void>;
}

/** The server that test/run.ts started for all files; one of our own when this file runs by itself. */
const serverUrl = once(async () => {
  const shared = process.env['MOORING_TEST_PG_URL'];
  if (shared !== undefined) return shared;
  const server = await startPostgres({ settings: TEST_SETTINGS });
  whenTestsEnd(server.stop);
  return server.url;
});

const urlOf = async (database: string): Promise<string> => {
  const url = new URL(await serverUrl());
  url.pathname = `/${database}`;
  return url.href;
};

async function onServer<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: await serverUrl() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Creates a database that nobody else uses: empty, or a copy of a template of {@link prepareTemplate}.
 *
 * One per test file is the habit. Drop it at the end; what is not dropped goes with the server.
 */
export async function createTestDatabase({ template }: { template?: string } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer((client) =>
    client.query(
      `CREATE DATABASE ${name}` + (template === undefined ? '' : ` TEMPLATE ${client.escapeIdentifier(template)}`),
    ),
  );
  return {
    url: await urlOf(name),
    drop: () =>
      onServer(async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

/**
 * Returns the name of a database that `prepare` has filled, for {@link createTestDatabase}. All test files of a run share it:
 * the first to ask prepares it, the others wait.
 *
 * @param inputs - what the content depends on besides the code of `prepare`, such as the text of the migrations
 * @param prepare - must close its sessions: PostgreSQL copies only what nobody is connected to
 */
export async function prepareTemplate(
  name: string,
  prepare: (url: string) => Promise<void>,
  inputs: readonly string[] = [],
): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify([name, prepare.toString(), inputs]))
    .digest('hex')
    .slice(0, 16);
  const template = `template_${name}_${key}`;
  await onServer(async (client) => {
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [template]); // held until this session ends
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
    if (found.rowCount !== 0) return;
    // Renamed only when complete: a preparation that failed halfway must not be taken for a template.
    const draft = `${template}_draft`;
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(draft)} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(draft)}`);
    await prepare(await urlOf(draft));
    await client.query(
      `ALTER DATABASE ${client.escapeIdentifier(draft)} RENAME TO ${client.escapeIdentifier(template)}`,
    );
  });
  return template;
}
