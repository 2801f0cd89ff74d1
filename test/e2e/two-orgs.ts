import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { migrate } from '../../adapters/postgres/migrate.ts';
import { createPool } from '../../adapters/postgres/pool.ts';
import { createKeyring } from '../../adapters/secrets/keyring.ts';
import { addAuthorize } from '../../cli/authorize.ts';
import type { AddCommand } from '../../cli/context.ts';
import { startServer } from '../../cli/start-server.ts';
import { installRuntime } from '../../cli/start-worker.ts';
import { walkConsent } from '../../cli/walk-consent.ts';
import { createMooringClient } from '../../client.ts';
import { startEmulator } from '../../emulator/start.ts';
import { redirectUriOf } from '../../server/redirect-uri.ts';
import { freePort } from '../../services/free-port.ts';
import { bundleWorkflows, createWorker } from '../../worker.ts';
import { runHere, type Said } from '../cli/run-here.ts';
import { createTestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { once, whenTestsEnd } from '../support/when-tests-end.ts';
import { ownServer } from '../workflows/own-server.ts';

const APP = { clientId: 'two-orgs-app', clientSecret: 'two-orgs-secret-77ab' };
const SIZES = {
  ...{ users: 6, accounts: 30, contacts: 40, relationshipTypes: 2, relationships: 5, opportunities: 5, cases: 2 },
} as const;

const bundle = once(bundleWorkflows);

/**
 * The commands, as a team uses them, on a database and a Temporal server of their own, and two emulated orgs that one login page leads
 * to: `acme`, and `refreshed`, which lacks Gainsight's objects. The files declare one connection, `acme`.
 */
export async function startTwoOrgs(yaml: string) {
  installRuntime(pino({ level: 'silent' }));
  const [ours, theirs] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const folder = await mkdtemp(join(tmpdir(), 'two-orgs-'));
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const app = { ...APP, redirectUris: [redirectUriOf(baseUrl)], rotation: true };
  const emulator = await startEmulator({
    databaseUrl: theirs.url,
    dataDir: folder,
    orgs: [
      { name: 'acme', sizes: SIZES, apps: [app] },
      { name: 'refreshed', sizes: SIZES, apps: [app], withRelationshipObjects: false },
    ],
  });
  Object.assign(process.env, {
    ...{ TWO_ORGS: emulator.url, TWO_ORGS_ID: APP.clientId, TWO_ORGS_SECRET: APP.clientSecret },
  });
  const header = `connection: acme
salesforce: { org: { env: TWO_ORGS }, clientId: { env: TWO_ORGS_ID }, clientSecret: { env: TWO_ORGS_SECRET } }
`;
  const files = join(folder, 'acme.yaml');
  await writeFile(files, header + yaml);
  const key = randomBytes(32).toString('base64');
  const keyring = createKeyring(key);
  const pool = createPool(ours.url, { max: 24 });
  await migrate(pool);
  whenTestsEnd(async () => {
    await pool.end();
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
    await Promise.all([ours.drop(), theirs.drop()]);
  });

  /** A Temporal server, with a worker and the HTTP server on it. Stopping leaves a database without any of them. */
  async function startLife() {
    const temporal = await ownServer();
    const { client, nativeConnection } = temporal;
    const mooring = createMooringClient({ client });
    const deps = { client, pool, keyring, searchable: false, workflowBundle: await bundle() };
    const startWorker = async (): Promise<() => Promise<void>> => {
      const worker = await createWorker({ connection: nativeConnection, ...deps });
      const working = worker.run();
      return async () => {
        worker.shutdown();
        await working;
      };
    };
    let stopWorker = await startWorker();
    const logger = pino({ level: 'silent' });
    const server = await startServer({ pool, client, mooring, keyring, logger, port });
    const env = {
      ...{ DATABASE_URL: ours.url, TEMPORAL_ADDRESS: temporal.address, MOORING_KEY: key, MOORING_URL: baseUrl },
    };
    const run = (add: AddCommand, ...args: string[]): Promise<Said> => runHere(add, args, env);
    let isOver = false;
    const end = async (): Promise<void> => {
      if (isOver) return;
      isOver = true;
      await stopWorker();
      await server.stop();
    };
    whenTestsEnd(end);
    return {
      client,
      mooring,
      env,
      run,
      end,
      stopWorker: () => stopWorker(),
      startWorker: async () => {
        stopWorker = await startWorker();
      },
      /** Follows the link of `mooring authorize` as a person of this org does, and returns what the command said. */
      async authorize(org: 'acme' | 'refreshed'): Promise<Said> {
        const person = emulator.orgs.find(({ name }) => name === org)?.users[0];
        if (!person) throw new Error(`Org "${org}" has nobody to log in.`);
        let link: string | undefined;
        const said = runHere(addAuthorize, ['authorize', 'acme', '--no-browser'], env, (line) => {
          link ??= /http:\/\/\S+/.exec(line)?.[0];
        });
        await Promise.race([said, until('there is a link', () => link !== undefined)]);
        if (link !== undefined) await walkConsent(link, person);
        return said;
      },
    };
  }

  return { pool, files, emulator, startLife };
}
