import type { Client, WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, type NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createMooringClient, type MooringClient } from '../../client.ts';
import { connectionWorkflowId } from '../../domain/names.ts';
import { bundleWorkflows } from '../../worker.ts';
import { once } from '../support/when-tests-end.ts';
import { testTemporal } from '../support/temporal.ts';
import { withUnexpected, type Activities } from './fake-activities.ts';

// What workers say about the failures that tests cause would bury the tests' own output.
Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
});

const bundle = once(bundleWorkflows);

export interface WorkerEnvironment {
  readonly client: Client;
  readonly mooring: MooringClient;
  readonly taskQueue: string;
  /** The workflow of a connection. */
  readonly connectionOf: (name: string) => WorkflowHandle;
}

/** Where a worker works; the shared test server unless named. */
export interface Server {
  readonly client: Client;
  readonly nativeConnection: NativeConnection;
  readonly unique: (prefix: string) => string;
  readonly searchable?: boolean;
}

export interface WithWorkerOptions {
  readonly server?: Server;
  /** 0: every workflow task replays its whole history. */
  readonly maxCachedWorkflows?: number;
}

/** Runs `work` beside a worker with the real workflows and these activities. Build ids from {@link Server.unique} names. */
export async function withWorker<T>(
  activities: Partial<Activities>,
  work: (environment: WorkerEnvironment) => Promise<T>,
  { server, maxCachedWorkflows }: WithWorkerOptions = {},
): Promise<T> {
  const { client, nativeConnection, unique, searchable = true }: Server = server ?? (await testTemporal());
  const taskQueue = unique('test');
  const worker = await Worker.create({
    connection: nativeConnection,
    taskQueue,
    workflowBundle: await bundle(),
    activities: withUnexpected(activities),
    // A cancellation reaches an activity with the answer to a heartbeat.
    maxHeartbeatThrottleInterval: '100 milliseconds',
    // A fake that waits for something that never comes must not keep a failed test from ending.
    shutdownForceTime: '5 seconds',
    ...(maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows }),
  });
  const mooring = createMooringClient({ client, taskQueue, searchable });
  return worker.runUntil(
    work({ client, mooring, taskQueue, connectionOf: (name) => client.workflow.getHandle(connectionWorkflowId(name)) }),
  );
}
