import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Client } from '@temporalio/client';
import pg from 'pg';
import { createAttempts } from '../../adapters/postgres/attempts.ts';
import { createConnections } from '../../adapters/postgres/connections.ts';
import { createJobs } from '../../adapters/postgres/jobs.ts';
import { migrate, migrateModel } from '../../adapters/postgres/migrate.ts';
import { createPool, type Pool } from '../../adapters/postgres/pool.ts';
import { createKeyring, type Keyring } from '../../adapters/secrets/keyring.ts';
import { createDataConverter } from '../../adapters/temporal/data-converter.ts';
import { startServer } from '../../cli/start-server.ts';
import { installRuntime } from '../../cli/start-worker.ts';
import { walkConsent } from '../../cli/walk-consent.ts';
import { createMooringClient, type MooringClient } from '../../client.ts';
import { loadTexts } from '../../config/load-config.ts';
import type { EmulatedOrg, OrgOptions } from '../../emulator/contract.ts';
import { startEmulator } from '../../emulator/start.ts';
import { createLogger } from '../../server/create-logger.ts';
import { authorizeUrlOf, redirectUriOf, widgetUrlOf } from '../../server/redirect-uri.ts';
import { freePort } from '../../services/free-port.ts';
import { bundleWorkflows, createWorker } from '../../worker.ts';
import type { SyncResult } from '../../workflows/sync-run.ts';
import { createTestDatabase } from '../support/database.ts';
import { testTemporal, type TestTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { once, whenTestsEnd } from '../support/when-tests-end.ts';

const APP = { clientId: 'story-app', clientSecret: 'story-secret-1f0c2b' };

/** The whole product on real parts, with one emulated org and one connection. */
export interface Story {
  readonly connection: string;
  readonly temporal: TestTemporal;
  readonly mooring: MooringClient;
  /** Ours: the schemas `mooring` and `model`. */
  readonly pool: Pool;
  /** The org's own rows; tables are in the schema `org`. */
  readonly org: { readonly pool: pg.Pool; readonly schema: string; readonly url: string };
  /** That org, and the others on the same host: their people log in there too. */
  readonly orgs: readonly EmulatedOrg[];
  /** Makes a single-use link that starts an authorization in a browser. */
  readonly link: () => Promise<string>;
  /** Authorizes as a person would, and returns what the first sync did. */
  readonly authorize: () => Promise<SyncResult>;
  /** Walks the consent as a person would, and waits until it has been answered. */
  readonly consent: () => Promise<void>;
  readonly run: (jobs?: readonly string[]) => Promise<SyncResult>;
  readonly secrets: readonly string[];
  /** What the server and the worker logged. */
  readonly said: readonly string[];
  /** Where the HTTP server listens. */
  readonly baseUrl: string;
}

export interface StoryOptions {
  /** Encrypts payloads, and lets pages of these origins decrypt them. */
  readonly codec?: { readonly key: string; readonly uiOrigins: readonly string[] };
  /** Orgs beside the connection's own. */
  readonly otherOrgs?: readonly OrgOptions[];
}

const bundle = once(bundleWorkflows);

/** @param yaml - documents of the configuration; `NAME` stands for the connection's name, which is different in every story */
export async function startStory(
  yaml: string,
  org: Partial<OrgOptions> = {},
  { codec, otherOrgs = [] }: StoryOptions = {},
): Promise<Story> {
  const said: string[] = [];
  const logger = createLogger('debug', { write: (line: string) => void said.push(line) });
  installRuntime(logger);
  const temporal = await testTemporal();
  const connection = temporal.unique('acme');
  const [ours, theirs] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const dataDir = await mkdtemp(join(tmpdir(), 'story-'));
  const httpPort = await freePort();
  const baseUrl = `http://127.0.0.1:${httpPort}`;
  const app = { ...APP, redirectUris: [redirectUriOf(baseUrl)], canvasUrl: widgetUrlOf(baseUrl, connection) };
  const emulator = await startEmulator({
    databaseUrl: theirs.url,
    dataDir,
    orgs: [{ name: 'acme', apps: [{ ...app, rotation: true }], ...org }, ...otherOrgs],
  });
  const prefix = connection.replaceAll('-', '_').toUpperCase();
  Object.assign(process.env, {
    [`${prefix}_ORG`]: emulator.url,
    [`${prefix}_ID`]: APP.clientId,
    [`${prefix}_SECRET`]: APP.clientSecret,
  });

  const pool = createPool(ours.url, { max: 24 });
  const orgPool = new pg.Pool({ connectionString: theirs.url });
  // Dropping the database may overtake the end of a session.
  orgPool.on('error', () => undefined);
  await migrate(pool);
  const keyring: Keyring = createKeyring(randomBytes(32).toString('base64'));
  const { nativeConnection, taskQueue, namespace } = temporal;
  const dataConverter = createDataConverter(codec?.key);
  const client = new Client({ connection: temporal.connection, namespace, dataConverter });
  const mooring = createMooringClient({ client, taskQueue: `${taskQueue}-${connection}`, searchable: true });
  const worker = await createWorker({
    connection: nativeConnection,
    client,
    pool,
    keyring,
    namespace,
    taskQueue: `${taskQueue}-${connection}`,
    searchable: true,
    dataConverter,
    bulkPageRows: 500,
    workflowBundle: await (codec === undefined ? bundle() : bundleWorkflows(dataConverter)),
  });
  const working = worker.run();
  const server = await startServer({
    pool,
    client,
    mooring,
    keyring,
    logger,
    port: httpPort,
    ...(codec === undefined ? {} : { codec }),
  });

  const header = `connection: NAME
salesforce: { org: { env: ${prefix}_ORG }, clientId: { env: ${prefix}_ID }, clientSecret: { env: ${prefix}_SECRET } }
`;
  const { connections, diagnostics } = loadTexts([
    { file: 'story.yaml', text: (header + yaml).replaceAll('NAME', connection) },
  ]);
  const [spec] = connections;
  if (!spec) throw new Error(JSON.stringify(diagnostics));
  await migrateModel(pool, spec.schema);
  const { connectionId } = await createConnections(pool).save(spec, 'test');
  await createJobs(pool).save(connectionId, spec);
  await mooring.startConnection(connection);
  await mooring.configure(connection);

  whenTestsEnd(async () => {
    await client.workflow
      .getHandle(`connection/${connection}`)
      .terminate('the test is over')
      .catch(() => undefined);
    worker.shutdown();
    await working;
    await server.stop();
    await emulator.stop();
    await Promise.all([pool.end(), orgPool.end()]);
    await rm(dataDir, { recursive: true, force: true });
    await Promise.all([ours.drop(), theirs.drop()]);
  });

  const [emulated] = emulator.orgs;
  const person = emulated?.users[0];
  if (!emulated || !person) throw new Error('The emulated org has nobody to log in.');
  const run = async (jobs?: readonly string[]): Promise<SyncResult> => {
    const { syncId } = await mooring.runJobs(connection, jobs ? { jobs } : {});
    return mooring.syncResult(syncId);
  };
  const link = async (): Promise<string> => {
    const { ticket } = await createAttempts({ pool, keyring }).createTicket(connection, 'test');
    return authorizeUrlOf(baseUrl, connection, ticket);
  };
  const consent = async (): Promise<void> => {
    const arrived = await walkConsent(await link(), person);
    if (arrived !== 200) throw new Error(`The callback answered ${arrived}.`);
  };
  return {
    connection,
    temporal,
    mooring,
    pool,
    org: { pool: orgPool, schema: emulated.schema, url: emulator.url },
    orgs: emulator.orgs,
    baseUrl,
    link,
    secrets: [APP.clientSecret, person.password],
    said,
    run,
    consent,
    async authorize() {
      await consent();
      let syncId: string | undefined;
      await until('the first sync starts', async () => {
        const { runningSyncs, jobs } = await mooring.status(connection);
        [syncId] = runningSyncs;
        return syncId !== undefined || jobs.some(({ lastRun }) => lastRun !== undefined);
      });
      if (syncId === undefined) throw new Error('The first sync ended before it was seen.');
      return mooring.syncResult(syncId);
    },
  };
}
