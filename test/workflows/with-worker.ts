import type { Client, WorkflowHandle } from '@temporalio/client';
import { CombinedWorkerRunError, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
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
  /** Activities of further workers on the same task queue. */
  readonly beside?: readonly Partial<Activities>[];
  /** Activities that each worker carries out at the same time. */
  readonly activitySlots?: number;
}

/** A busy worker that has stopped sometimes finds a reference of the SDK's own to itself left over. */
const isLeftOver = (error: unknown): boolean =>
  error instanceof CombinedWorkerRunError && String(error.cause.workerError).includes('Worker still in use');

/** Runs `work` beside a worker with the real workflows and these activities. Build ids from {@link Server.unique} names. */
export async function withWorker<T>(
  activities: Partial<Activities>,
  work: (environment: WorkerEnvironment) => Promise<T>,
  { server, maxCachedWorkflows, beside = [], activitySlots }: WithWorkerOptions = {},
): Promise<T> {
  const { client, nativeConnection, unique, searchable = true }: Server = server ?? (await testTemporal());
  const taskQueue = unique('test');
  const workerOf = async (own: Partial<Activities>, connection: NativeConnection): Promise<Worker> =>
    Worker.create({
      connection,
      taskQueue,
      workflowBundle: await bundle(),
      activities: withUnexpected(own),
      // A cancellation reaches an activity with the answer to a heartbeat.
      maxHeartbeatThrottleInterval: '100 milliseconds',
      // A fake that waits for something that never comes must not keep a failed test from ending.
      shutdownForceTime: '5 seconds',
      ...(maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows }),
      ...(activitySlots === undefined ? {} : { maxConcurrentActivityTaskExecutions: activitySlots }),
    });
  const worker = await workerOf(activities, nativeConnection);
  // The SDK takes one worker of a task queue over one connection.
  const connections = await Promise.all(
    beside.map(async () => NativeConnection.connect({ address: (await testTemporal()).address })),
  );
  const others = await Promise.all(connections.map((connection, index) => workerOf(beside[index] ?? {}, connection)));
  const mooring = createMooringClient({ client, taskQueue, searchable });
  const connectionOf = (name: string): WorkflowHandle => client.workflow.getHandle(connectionWorkflowId(name));
  let done: { readonly result: T } | undefined;
  const all = (): Promise<T> =>
    worker.runUntil(async () => {
      const result = await work({ client, mooring, taskQueue, connectionOf });
      done = { result };
      return result;
    });
  try {
    return await others.reduce<() => Promise<T>>((inner, other) => () => other.runUntil(inner), all)();
  } catch (error) {
    // What the test does came to its end before.
    if (done !== undefined && isLeftOver(error)) return done.result;
    throw error;
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}
