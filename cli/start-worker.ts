import type { Client } from '@temporalio/client';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  type LogEntry,
  type NativeConnectionOptions,
} from '@temporalio/worker';
import type { FastifyBaseLogger } from 'fastify';
import type { Pool } from '../adapters/postgres/pool.ts';
import type { Keyring } from '../adapters/secrets/keyring.ts';
import { createDataConverter } from '../adapters/temporal/data-converter.ts';
import { bundleWorkflows, createWorker } from '../worker.ts';
import type { Settings } from './settings.ts';

export interface RunningWorker {
  /** Rejects when the worker cannot go on. */
  readonly ended: Promise<void>;
  /** Lets running activities end, then resolves. */
  readonly stop: () => Promise<void>;
}

let installed = false;

/**
 * Sends the SDK's own words to our log, once a process. Its signal handling stays out: the process stops its parts in order by itself.
 * Attributes of an entry are left away but for names and ids, since an activity's failure may hold more.
 */
export function installRuntime(logger: FastifyBaseLogger): void {
  if (installed) return;
  installed = true;
  const write = ({ level, message, meta }: LogEntry): void => {
    const { workflowId, workflowType, activityType, attempt, taskQueue } = (meta ?? {}) as Record<string, unknown>;
    const fields = { workflowId, workflowType, activityType, attempt, taskQueue };
    if (level === 'ERROR') logger.error(fields, message);
    else if (level === 'WARN') logger.warn(fields, message);
    else logger.debug(fields, message);
  };
  Runtime.install({
    logger: new DefaultLogger('WARN', write),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} } },
  });
}

export interface StartWorkerOptions {
  readonly settings: Pick<Settings, 'temporal' | 'codecKey'>;
  readonly client: Client;
  readonly pool: Pool;
  readonly keyring: Keyring;
  readonly searchable: boolean;
  readonly logger: FastifyBaseLogger;
}

/** Starts a worker of this process; resolves once it is polling. */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  installRuntime(options.logger);
  try {
    return await start(options);
  } catch (error) {
    await endRuntime();
    throw error;
  }
}

/** The native runtime keeps the process alive until it is told to end. */
const endRuntime = (): Promise<void> =>
  Runtime.instance()
    .shutdown()
    .catch(() => undefined);

async function start({ settings, logger: _logger, ...deps }: StartWorkerOptions): Promise<RunningWorker> {
  const dataConverter = createDataConverter(settings.codecKey);
  const workflowBundle = await bundleWorkflows(dataConverter);
  const { apiKey, ...options } = settings.temporal.connectionOptions;
  const connection = await NativeConnection.connect({
    ...(options as NativeConnectionOptions),
    ...(apiKey === undefined ? {} : { apiKey: typeof apiKey === 'function' ? apiKey() : apiKey }),
  });
  const { namespace } = settings.temporal;
  const mail = { url: process.env['MOORING_SMTP_URL'], from: process.env['MOORING_MAIL_FROM'] };
  const worker = await createWorker({ connection, namespace, dataConverter, workflowBundle, mail, ...deps });
  const ended = worker.run().finally(() => connection.close());
  // Whoever awaits `ended` hears of it; without anybody it must not end the process by itself.
  ended.catch(() => undefined);
  return {
    ended,
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended.catch(() => undefined);
      await endRuntime();
    },
  };
}
