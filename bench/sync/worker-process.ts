import { readFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { createPool } from '../../adapters/postgres/pool.ts';
import { createKeyring } from '../../adapters/secrets/keyring.ts';
import { createWorker } from '../../worker.ts';
import { report } from '../serving.ts';

/** A worker as `mooring worker` is one, in a process of its own. Ends with its parent, and by SIGTERM in order. */
const [, , , databaseUrl = '', address = '', bundle = ''] = argv;
Runtime.install({ logger: new DefaultLogger('ERROR') });
process.on('disconnect', () => process.exit());
const worker = await createWorker({
  connection: await NativeConnection.connect({ address }),
  client: new Client({ connection: await Connection.connect({ address }) }),
  pool: createPool(databaseUrl, { max: 13 }),
  keyring: createKeyring(process.env['MOORING_KEY']),
  searchable: true,
  workflowBundle: JSON.parse(await readFile(bundle, 'utf8')) as WorkflowBundleWithSourceMap,
});
const working = worker.run();
process.on('SIGTERM', () => worker.shutdown());
report('polls');
await working;
process.exit();
