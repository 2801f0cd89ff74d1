import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { FastifyBaseLogger } from 'fastify';
import { createAttempts } from '../../adapters/postgres/attempts.ts';
import { createConnections } from '../../adapters/postgres/connections.ts';
import { createJobs } from '../../adapters/postgres/jobs.ts';
import { migrate, migrateModel } from '../../adapters/postgres/migrate.ts';
import { createPool, type Pool } from '../../adapters/postgres/pool.ts';
import { createKeyring } from '../../adapters/secrets/keyring.ts';
import { startServer } from '../../cli/start-server.ts';
import { installRuntime } from '../../cli/start-worker.ts';
import { createMooringClient, type MooringClient } from '../../client.ts';
import { loadTexts } from '../../config/load-config.ts';
import { connectionWorkflowId, SEARCH_ATTRIBUTES } from '../../domain/names.ts';
import { createLogger } from '../../server/create-logger.ts';
import { authorizeUrlOf, redirectUriOf } from '../../server/redirect-uri.ts';
import { freePort } from '../../services/free-port.ts';
import { bundleWorkflows, createWorker, type WorkerDeps } from '../../worker.ts';
import { createTestDatabase } from '../support/database.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import { ownServer } from '../workflows/own-server.ts';
import { startSalesforce, type App, type EmulatedSalesforce } from './emulated-salesforce.ts';

/** A connection of a storm. */
export interface Declared {
  readonly name: string;
  readonly connectionId: string;
  readonly app: App;
}

/** The whole product on real parts that are nobody else's, so that all of it can be searched afterwards. */
export interface World {
  readonly temporal: { readonly address: string; readonly client: Client };
  readonly salesforce: EmulatedSalesforce;
  readonly mooring: MooringClient;
  readonly pool: Pool;
  readonly databaseUrl: string;
  /** As `MOORING_KEY`. */
  readonly key: string;
  readonly baseUrl: string;
  readonly logger: FastifyBaseLogger;
  /** What server and workers logged, what was answered and what failed: everything that anybody may read. */
  readonly said: string[];
  /** Secrets of our own that were handed out: tickets, states, cookies. */
  readonly ourSecrets: Set<string>;
  readonly workerDeps: WorkerDeps;
  /** What resolves the secrets of connections in another process. */
  readonly environment: Record<string, string>;
  /** Applies a configuration. `NAME` stands for the connection's name. */
  readonly declare: (yaml: string) => Promise<Declared>;
  /** A link that starts an authorization. */
  readonly link: (connection: string) => Promise<string>;
}

/** On a loaded machine, and after a worker was killed, whose workflows another one has to take over. */
const PATIENCE = { workerMs: 60_000, answerMs: 120_000 } as const;

/** Starts everything but workers; see {@link startWorkerHere} and `worker-process.ts`. Ends with the tests of the file. */
export async function startWorld(): Promise<World> {
  const said: string[] = [];
  const ourSecrets = new Set<string>();
  const logger = createLogger('debug', { write: (line: string) => void said.push(line) });
  installRuntime(logger);
  const temporal = await ownServer({ searchAttributes: SEARCH_ATTRIBUTES });
  const { client, nativeConnection, unique } = temporal;
  const salesforce = await startSalesforce();

  const database = await createTestDatabase();
  const pool = createPool(database.url, { max: 24 });
  whenTestsEnd(async () => {
    await pool.end();
    await database.drop();
  });
  await migrate(pool);
  await migrateModel(pool, 'model');
  const key = randomBytes(32).toString('base64');
  const keyring = createKeyring(key);
  const mooring = createMooringClient({ client, searchable: true, patience: PATIENCE });
  const port = await freePort(); // free now; the later it is used, the likelier somebody else has it
  const server = await startServer({ pool, client, mooring, keyring, logger, port });
  const { baseUrl } = server;
  whenTestsEnd(server.stop);
  const attempts = createAttempts({ pool, keyring });
  const environment: Record<string, string> = {};

  return {
    ...{ temporal: { address: temporal.address, client }, salesforce, mooring, pool, databaseUrl: database.url, key },
    ...{ baseUrl, logger, said, ourSecrets, environment },
    workerDeps: {
      ...{ connection: nativeConnection, client, pool, keyring, searchable: true },
      workflowBundle: await bundleWorkflows(),
    },

    async declare(yaml) {
      const name = unique('storm');
      const app = await salesforce.createApp(redirectUriOf(baseUrl));
      const prefix = name.replaceAll('-', '_').toUpperCase();
      Object.assign(environment, {
        [`${prefix}_ORG`]: salesforce.url,
        [`${prefix}_ID`]: app.clientId,
        [`${prefix}_SECRET`]: app.clientSecret,
      });
      Object.assign(process.env, environment);
      const header = `connection: NAME\nsalesforce: { org: { env: ${prefix}_ORG }, clientId: { env: ${prefix}_ID }, clientSecret: { env: ${prefix}_SECRET } }\n`;
      const { connections, diagnostics } = loadTexts([
        { file: 'storm.yaml', text: (header + yaml).replaceAll('NAME', name) },
      ]);
      const [spec] = connections;
      if (!spec) throw new Error(JSON.stringify(diagnostics));
      const { connectionId } = await createConnections(pool).save(spec, 'test');
      await createJobs(pool).save(connectionId, spec);
      await mooring.startConnection(name);
      whenTestsEnd(() =>
        client.workflow
          .getHandle(connectionWorkflowId(name))
          .terminate('the test is over')
          .then(
            () => undefined,
            () => undefined,
          ),
      );
      return { name, connectionId, app };
    },

    async link(connection) {
      const { ticket } = await attempts.createTicket(connection, 'test');
      ourSecrets.add(ticket);
      return authorizeUrlOf(baseUrl, connection, ticket);
    },
  };
}

/** Starts a worker in this process; what it returns lets running activities end, then ends it. */
export async function startWorkerHere({ workerDeps }: World): Promise<() => Promise<void>> {
  const worker = await createWorker(workerDeps);
  const working = worker.run();
  return async () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await working;
  };
}
