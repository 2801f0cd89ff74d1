import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { createPool } from '../../adapters/postgres/pool.ts';
import { createKeyring } from '../../adapters/secrets/keyring.ts';
import { installRuntime } from '../../cli/start-worker.ts';
import { createLogger } from '../../server/create-logger.ts';
import { createWorker } from '../../worker.ts';

/** What a worker of a storm is told by its environment, beside the secrets of the connections. */
const {
  STORM_DATABASE_URL = '',
  STORM_TEMPORAL_ADDRESS = '',
  STORM_KEY = '',
  STORM_BUNDLE = '',
  STORM_SLOTS = '8',
} = process.env as Readonly<Record<string, string | undefined>>;

/** A `mooring worker` with more slots, whose workflows were bundled before, and whose sessions say which process they are of. */
const logger = createLogger('debug');
installRuntime(logger);
const slots = Number(STORM_SLOTS);
const worker = await createWorker({
  connection: await NativeConnection.connect({ address: STORM_TEMPORAL_ADDRESS }),
  client: new Client({ connection: await Connection.connect({ address: STORM_TEMPORAL_ADDRESS }) }),
  pool: createPool(STORM_DATABASE_URL, { max: slots + 5, name: `storm-${process.pid}` }),
  keyring: createKeyring(STORM_KEY),
  searchable: true,
  workflowBundle: JSON.parse(await readFile(STORM_BUNDLE, 'utf8')) as WorkflowBundleWithSourceMap,
  maxConcurrentActivities: slots,
});
const working = worker.run();
logger.info('polling');
await working;
