import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import pg from 'pg';
import { createConnections } from '../../adapters/postgres/connections.ts';
import { createJobs } from '../../adapters/postgres/jobs.ts';
import { migrate, migrateModel } from '../../adapters/postgres/migrate.ts';
import { createPool, inTransaction, type Pool } from '../../adapters/postgres/pool.ts';
import { storeGrant } from '../../adapters/postgres/store-grant.ts';
import { createKeyring } from '../../adapters/secrets/keyring.ts';
import { createMooringClient } from '../../client.ts';
import { loadTexts } from '../../config/load-config.ts';
import type { ModeChoice } from '../../domain/mode-choice.ts';
import { connectionWorkflowId, jobWorkflowId } from '../../domain/names.ts';
import type { RunSummary } from '../../domain/run.ts';
import type { OrgOptions, OrgSizes } from '../../emulator/contract.ts';
import { startPostgres } from '../../services/postgres.ts';
import { startTemporal } from '../../services/temporal.ts';
import { bundleWorkflows } from '../../worker.ts';
import { openSession, type OpenSession } from '../open-session.ts';
import { serve, type Serving } from '../serving.ts';

const APP = { clientId: 'bench', clientSecret: 'bench', redirectUris: ['http://127.0.0.1:9/callback'] };

/** Rows that no figure is about. */
const FEW: Partial<OrgSizes> = {
  ...{ users: 500, accounts: 10, contacts: 10, relationshipTypes: 4, relationships: 10 },
  ...{ opportunities: 10, cases: 10, leads: 10, tasks: 10, events: 10 },
};

/** Of PostgreSQL, for all that is compared: as a server of this size is set up. What a developer gets has an eighth of these buffers. */
export const SERVER_SETTINGS = { shared_buffers: '2GB' };

/** A busy machine answers late, and that is no fault of what is measured. */
const PATIENCE = { workerMs: 120_000, answerMs: 600_000 };

/** One sync as it was measured. */
export interface Ran {
  /** Without what the org took. */
  readonly seconds: number;
  /** From the creation of Bulk jobs to their JobComplete, as the org says. */
  readonly orgSeconds: number;
  readonly jobs: readonly RunSummary[];
}

/** A connection to one of the orgs, into a schema of its own. */
export interface Connected {
  readonly name: string;
  readonly connectionId: string;
  readonly schema: string;
  readonly session: OpenSession & { readonly instanceUrl: string };
  /** Runs jobs as a sync, as `mooring run` does. @throws Error when one of them does not succeed */
  readonly run: (jobs: readonly string[], choice?: ModeChoice) => Promise<Ran>;
  /** Events of a job's last workflow, and who carried out its activities. */
  readonly historyOf: (job: string) => Promise<{ readonly events: number; readonly activities: readonly string[] }>;
  /** Seconds that the org has been at work on Bulk jobs so far. */
  readonly orgSeconds: () => Promise<number>;
  /** Moves the org's clock on, so that nothing that was read before lies within the next window. */
  readonly forgetOverlap: () => Promise<void>;
  /** Forgets all rows and watermarks. */
  readonly empty: () => Promise<void>;
  /** Carries SQL out in the org; tables are found without their schema. */
  readonly changeOrg: (sql: string) => Promise<void>;
}

let isInstalled = false;

/** What the SDK logs while it bundles is no part of the report. A process has one runtime. */
function installRuntime(): void {
  if (!isInstalled) Runtime.install({ logger: new DefaultLogger('ERROR') });
  isInstalled = true;
}

/** Everything that syncing needs, on servers of its own; the org has a PostgreSQL to itself. */
export interface World {
  readonly pool: Pool;
  /** Sessions by the server's own settings, as somebody gets them who writes a loader by hand. */
  readonly plainPool: Pool;
  /** Of the Temporal server. */
  readonly address: string;
  readonly connect: (org: string, yaml?: string) => Promise<Connected>;
  /** Does work while some worker processes run, all fresh. */
  readonly withWorkers: <T>(count: number, work: (workers: readonly Serving[]) => Promise<T>) => Promise<T>;
  readonly stop: () => Promise<void>;
}

/** Starts the servers and makes the orgs. */
export async function startWorld(orgs: Readonly<Record<string, Partial<OrgSizes>>>): Promise<World> {
  installRuntime();
  const folder = await mkdtemp(join(tmpdir(), 'bench-sync-'));
  const key = randomBytes(32).toString('base64');
  const [ours, theirs, temporal] = await Promise.all([
    startPostgres({ settings: SERVER_SETTINGS }),
    startPostgres({ settings: { fsync: 'off' } }), // the org's; its rows are made anew each time
    startTemporal({ headless: true }),
  ]);
  const options = Object.entries(orgs).map(([name, sizes]): OrgOptions => ({
    ...{ name, sizes: { ...FEW, ...sizes }, apps: [APP], plantedBadRows: false },
    ...{ sessionTimeoutMs: 30 * 24 * 3_600_000, dailyApiLimit: 10_000_000 },
  }));
  const emulator = await serve(join(import.meta.dirname, 'org-process.ts'), 'org', [
    ...[theirs.url, folder, JSON.stringify(options)],
  ]);
  const bundle = join(folder, 'workflows.json');
  await writeFile(bundle, JSON.stringify(await bundleWorkflows()));
  const pool = createPool(ours.url, { max: 10 });
  const plainPool = new pg.Pool({ connectionString: ours.url, max: 2 });
  plainPool.on('error', () => undefined); // when the server stops
  const orgPool = new pg.Pool({ connectionString: theirs.url });
  orgPool.on('error', () => undefined); // its server ends while it does
  await migrate(pool);
  const keyring = createKeyring(key);
  const { address } = temporal;
  const client = new Client({ connection: await Connection.connect({ address }) });
  const mooring = createMooringClient({ client, searchable: true, patience: PATIENCE });
  Object.assign(process.env, {
    MOORING_KEY: key,
    BENCH_ORG: emulator.url,
    BENCH_ID: APP.clientId,
    BENCH_SECRET: APP.clientSecret,
  });

  const orgSeconds = async (orgId: string): Promise<number> => {
    const { rows } = await orgPool.query<{ ms: string }>(
      'SELECT coalesce(sum(processing_ms), 0) AS ms FROM emulator.bulk_job WHERE org_id = $1',
      [orgId],
    );
    return Number(rows[0]?.ms) / 1000;
  };

  const control = async (path: string, body: unknown): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${emulator.url}/__emulator${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`The emulator refused ${path}: ${await response.text()}`);
  };

  const names = new Set<string>();
  /** Resolves when no connection has anything left to do: after a sync it loads itself anew. */
  const untilIdle = async (): Promise<void> => {
    for (const name of names) {
      const handle = client.workflow.getHandle(connectionWorkflowId(name));
      for (;;) {
        const { raw } = await handle.describe();
        if (!raw.pendingWorkflowTask && !raw.pendingActivities?.length) break;
        await setTimeout(50);
      }
    }
  };

  const connect: World['connect'] = async (org, yaml = '') => {
    const name = `to-${org}`;
    names.add(name);
    const schema = `model_${org}`;
    const text = `connection: ${name}
schema: ${schema}
salesforce: { org: { env: BENCH_ORG }, clientId: { env: BENCH_ID }, clientSecret: { env: BENCH_SECRET } }
${yaml}`;
    const { connections, diagnostics } = loadTexts([{ file: 'bench.yaml', text }]);
    const [spec] = connections;
    if (!spec) throw new Error(JSON.stringify(diagnostics));
    const session = { ...(await openSession(theirs.url, org)), instanceUrl: emulator.url };
    await migrateModel(pool, schema);
    const { connectionId } = await createConnections(pool).save(spec, 'bench');
    await createJobs(pool).save(connectionId, spec);
    const { orgId, userId, token, instanceUrl } = session;
    const identity = { orgId, userId, username: 'bench', userName: 'Bench' };
    const tokens = {
      accessToken: token,
      refreshToken: 'none',
      instanceUrl,
      identityUrl: '',
      orgId,
      userId,
      scopes: ['api'],
    };
    await inTransaction(pool, (db) =>
      storeGrant({ client: db, keyring }, connectionId, { tokens, identity, clientId: APP.clientId }),
    );
    await mooring.startConnection(name);
    return {
      ...{ name, connectionId, schema, session },
      async run(jobs, choice = {}) {
        await checkpoint(pool, orgPool);
        const before = await orgSeconds(orgId);
        const started = performance.now();
        const { syncId } = await mooring.runJobs(name, { jobs, ...choice });
        const result = await mooring.syncResult(syncId);
        const seconds = (performance.now() - started) / 1000;
        const failed = result.jobs.find(({ status }) => status !== 'success' && status !== 'skipped');
        if (failed) throw new Error(`${failed.job} ended ${failed.status}: ${failed.reason ?? ''}`);
        const orgTook = (await orgSeconds(orgId)) - before;
        return { seconds: seconds - orgTook, orgSeconds: orgTook, jobs: result.jobs };
      },
      orgSeconds: () => orgSeconds(orgId),
      forgetOverlap: () => control(`/orgs/${org}/clock`, { advanceMs: 30 * 60_000 }),
      async historyOf(job) {
        const history = await client.workflow.getHandle(jobWorkflowId(name, job)).fetchHistory();
        const events = history.events ?? [];
        const activities = events.flatMap(({ activityTaskStartedEventAttributes: started }) => started?.identity ?? []);
        return { events: events.length, activities };
      },
      async empty() {
        const tables = ['company', 'company_person', 'person', 'external_identity'];
        await pool.query(`TRUNCATE ${tables.map((table) => `${schema}.${table}`).join(', ')}`);
        await pool.query('DELETE FROM mooring.watermark WHERE connection_id = $1', [connectionId]);
      },
      changeOrg: (sql) => control(`/orgs/${org}/mutate`, { statements: [{ sql, parameters: [] }] }),
    };
  };

  return {
    pool,
    plainPool,
    address,
    connect,
    async withWorkers(count, work) {
      const start = (): Promise<Serving> =>
        serve(join(import.meta.dirname, 'worker-process.ts'), 'worker', [ours.url, address, bundle]);
      const workers = await Promise.all(Array.from({ length: count }, start));
      try {
        const result = await work(workers);
        await untilIdle();
        return result;
      } finally {
        // Idle and in order: what Temporal hands to a worker that ends waits until its time is over, in the next measurement.
        const ended = workers.map(({ child }) => once(child, 'exit'));
        for (const { child } of workers) child.kill();
        await Promise.all(ended);
      }
    },
    async stop() {
      emulator.child.kill('SIGKILL');
      await Promise.all([pool.end(), plainPool.end(), orgPool.end()]);
      await client.connection.close();
      await Promise.all([ours.stop(), theirs.stop(), temporal.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Writes everything down, so that what is measured next does not pay for what came before. */
export async function checkpoint(...pools: readonly Pick<pg.Pool, 'query'>[]): Promise<void> {
  for (const pool of pools) await pool.query('CHECKPOINT');
}
