import { extname } from 'node:path';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import type { Client } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type NativeConnection,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { createAuthorizationActivities } from './activities/authorization.ts';
import { createDryRunActivities } from './activities/dry-run.ts';
import { createExamineActivities } from './activities/examine.ts';
import { createNotificationActivities } from './activities/notifications.ts';
import { createPlanActivities } from './activities/plan.ts';
import { createRunningJobsActivities } from './activities/running-jobs.ts';
import { createScheduleActivities } from './activities/schedules.ts';
import { createSyncActivities } from './activities/sync.ts';
import { createMailer, type MailerSettings } from './adapters/mail/mailer.ts';
import { createAttempts } from './adapters/postgres/attempts.ts';
import { createConnections } from './adapters/postgres/connections.ts';
import { createDeployments } from './adapters/postgres/deployments.ts';
import { createDescribeCache } from './adapters/postgres/describe-cache.ts';
import { dryLoad } from './adapters/postgres/dry-load.ts';
import { createExchanges } from './adapters/postgres/exchanges.ts';
import { createJobs } from './adapters/postgres/jobs.ts';
import { createNotifications } from './adapters/postgres/notifications.ts';
import type { Pool } from './adapters/postgres/pool.ts';
import { createRevocations } from './adapters/postgres/revocations.ts';
import { readColumns } from './adapters/postgres/target-tables.ts';
import { createAccessTokens } from './adapters/salesforce/access-tokens.ts';
import { createOAuth } from './adapters/salesforce/oauth.ts';
import { atVersion, type UseSession } from './adapters/salesforce/http.ts';
import { listObjects } from './adapters/salesforce/list-objects.ts';
import { listVersions } from './adapters/salesforce/list-versions.ts';
import { createSalesforceApi } from './adapters/salesforce/salesforce-api.ts';
import type { Keyring } from './adapters/secrets/keyring.ts';
import { resolveOAuthApp } from './adapters/secrets/resolve-oauth-app.ts';
import { createSyncPorts } from './adapters/sync-ports.ts';
import type { EncryptingDataConverter } from './adapters/temporal/data-converter.ts';
import { createSchedules } from './adapters/temporal/schedules.ts';
import { createMooringClient } from './client.ts';
import { jobWorkflowId, TASK_QUEUE } from './domain/names.ts';

export interface WorkerDeps {
  readonly connection: NativeConnection;
  readonly client: Client;
  readonly pool: Pool;
  readonly keyring: Keyring;
  readonly namespace?: string;
  readonly taskQueue?: string;
  /** Whether the server has Mooring's search attributes. */
  readonly searchable: boolean;
  /** By which people are notified; absent, whoever is to be is told of that in the connection's details. */
  readonly mail?: MailerSettings;
  /** Built by {@link bundleWorkflows}; built here when absent, which takes some seconds. */
  readonly workflowBundle?: WorkflowBundleWithSourceMap;
  /** Must be the client's too. */
  readonly dataConverter?: EncryptingDataConverter;
  /** Pages and queries that run at once in this process. */
  readonly maxConcurrentActivities?: number;
  /** Rows of a Bulk result page; 50,000 when absent. */
  readonly bulkPageRows?: number;
}

const workflowsPath = fileURLToPath(new URL(`./workflows/index${extname(import.meta.url)}`, import.meta.url));

/** @param dataConverter - the worker's: its failure converter goes into the bundle */
export const bundleWorkflows = (dataConverter: EncryptingDataConverter = {}): Promise<WorkflowBundleWithSourceMap> => {
  const { failureConverterPath } = dataConverter;
  const options = { workflowsPath, logger: new DefaultLogger('WARN') };
  return bundleWorkflowCode(failureConverterPath === undefined ? options : { ...options, failureConverterPath });
};

/** Everything that the activities do, on the real adapters. */
export function createActivities({
  client,
  pool,
  keyring,
  searchable,
  taskQueue = TASK_QUEUE,
  dataConverter: { codecKeyId } = {},
  mail = { url: undefined, from: undefined },
  bulkPageRows,
}: Omit<WorkerDeps, 'connection'>) {
  const connections = createConnections(pool);
  const notifications = createNotifications(pool);
  const attempts = createAttempts({ pool, keyring });
  const oauth = createOAuth();
  const tokens = createAccessTokens({ pool, keyring, oauth, owner: `${hostname()}/${process.pid}` });
  const jobs = createJobs(pool);
  const cache = createDescribeCache(pool);
  const mooring = createMooringClient({ client });
  const find = connections.findOrThrow.bind(connections);
  const use: UseSession = (connectionId, work) => tokens.use(connectionId, work);
  const syncPorts = createSyncPorts(pool, use, { bulkPageRows });
  return {
    ...createAuthorizationActivities({
      connections,
      attempts,
      oauth,
      exchanges: createExchanges({ pool, keyring }),
      revocations: createRevocations({ pool, keyring }),
      notifications,
      resolveApp: resolveOAuthApp,
    }),
    ...createNotificationActivities({ connection: find, notifications, send: createMailer(mail) }),
    ...createPlanActivities({
      connection: find,
      searchable,
      isJobRunning: (name, job) => mooring.isRunning(jobWorkflowId(name, job)),
    }),
    ...createExamineActivities({
      connection: find,
      describeCache: cache,
      readColumns: (schema) => readColumns(pool, schema),
      salesforce: (connectionId, version, signal) =>
        createSalesforceApi(atVersion(use, version), connectionId, { signal }),
      listVersions: (connectionId, signal) => listVersions(use, connectionId, signal),
      listObjects: (connectionId, signal) => listObjects(use, connectionId, signal),
    }),
    ...createRunningJobsActivities({
      connection: find,
      open: (connectionId) => jobs.open(connectionId),
      cancel: (workflowId) => mooring.cancel(workflowId),
      isRunning: (workflowId) => mooring.isRunning(workflowId),
    }),
    ...createScheduleActivities({
      connection: find,
      formerSchedules: (name) => createDeployments(pool).formerSchedules(name),
      ...createSchedules({ client, taskQueue, searchable, codecKeyId }),
    }),
    ...createSyncActivities(syncPorts),
    ...createDryRunActivities({ ...syncPorts, dryLoad: (input) => dryLoad(pool, input) }),
  };
}

/**
 * Lets the heap double before it is collected. The bytes of pages lie outside of it and are counted as its growth: V8 would mark all of its 50 MB anew for
 * each 13 MB that stream through, with pauses of 60 ms.
 */
const HEAP_FLAGS = '--heap-growing-percent=100';

/** Builds the worker; the caller decides how long it runs (tests use `runUntil`). */
export async function createWorker(deps: WorkerDeps): Promise<Worker> {
  setFlagsFromString(HEAP_FLAGS);
  const {
    connection,
    namespace = 'default',
    taskQueue = TASK_QUEUE,
    workflowBundle,
    dataConverter = {},
    maxConcurrentActivities = 8,
  } = deps;
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    ...(workflowBundle ? { workflowBundle } : { workflowsPath }),
    dataConverter,
    activities: createActivities(deps),
    // A page in progress may end: what it has loaded is committed and not loaded again.
    shutdownGraceTime: '30 seconds',
    maxConcurrentActivityTaskExecutions: maxConcurrentActivities,
    // A cancellation reaches a page with the answer to a heartbeat, and the SDK would hold those back for 48 seconds.
    maxHeartbeatThrottleInterval: '5 seconds',
    // The workflows of a worker that was killed are taken over after this; commands wait 10 seconds for an answer.
    stickyQueueScheduleToStartTimeout: '5 seconds',
    // Each cached workflow keeps a context of some megabytes; a re-load costs milliseconds.
    maxCachedWorkflows: 200,
  });
}
