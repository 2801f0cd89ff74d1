import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { startChild, waitUntilReady } from '../../services/child-process.ts';
import { freePort, LOOPBACK } from '../../services/free-port.ts';
import { missingSearchAttributes } from '../../services/search-attributes.ts';
import { findTemporal } from '../../services/temporal-binary.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import type { Server } from './with-worker.ts';

const name = 'The Temporal server of this test';

export interface OwnServerOptions {
  /** After this many events a workflow is asked for a new history. */
  readonly eventsPerHistory?: number;
  /** Keywords to register; none when absent, as on a server that was not prepared for Mooring. */
  readonly searchAttributes?: readonly string[];
  /** Takes what ends the server and its connections; in a test file, when its tests are over. */
  readonly whenDone?: (close: () => Promise<void>) => void;
}

/** Starts a Temporal dev server that is nobody else's, for what the shared one cannot be: unprepared, or impatient for new histories. */
export async function ownServer({
  eventsPerHistory = 4096,
  searchAttributes = [],
  whenDone = whenTestsEnd,
}: OwnServerOptions = {}): Promise<Server & { readonly address: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-own-temporal-'));
  const address = `${LOOPBACK}:${await freePort()}`;
  const logFile = join(folder, 'temporal.log');
  const child = await startChild({
    name,
    command: await findTemporal(),
    args: [
      ...['server', 'start-dev', '--headless', '--ip', LOOPBACK, '--port', address.slice(LOOPBACK.length + 1)],
      ...['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${eventsPerHistory}`],
      ...searchAttributes.flatMap((attribute) => ['--search-attribute', `${attribute}=Keyword`]),
      ...['--log-level', 'error', '--color', 'never', '--disable-config-file', '--disable-config-env'],
    ],
    env: { PATH: process.env['PATH'] ?? '', HOME: folder },
    logFile,
    stopSignal: 'TERM',
    graceSeconds: 10,
  });
  whenDone(async () => {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const probe = async (): Promise<void> => {
    const connection = await Connection.connect({ address, connectTimeout: '2 seconds' });
    try {
      const missing = await missingSearchAttributes(connection, 'default', searchAttributes);
      if (missing.length > 0) throw new Error(`not registered yet: ${missing.join(', ')}`);
    } finally {
      await connection.close();
    }
  };
  await waitUntilReady(child, probe, { name, timeoutMs: 60_000, logFile });
  const connection = await Connection.connect({ address });
  whenDone(() => connection.close());
  const nativeConnection = await NativeConnection.connect({ address });
  whenDone(() => nativeConnection.close());
  const unique = (prefix: string): string => `${prefix}-${randomBytes(5).toString('hex')}`;
  return {
    address,
    client: new Client({ connection }),
    nativeConnection,
    unique,
    searchable: searchAttributes.length > 0,
  };
}
