import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { startChild, waitUntilReady } from '../../services/child-process.ts';
import { freePort, LOOPBACK } from '../../services/free-port.ts';
import { findTemporal } from '../../services/temporal-binary.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import type { Server } from './with-worker.ts';

const name = 'The Temporal server of this test';

/**
 * Starts a Temporal dev server of a test's own, stopped when the tests of the file are over: one that lacks Mooring's search
 * attributes, and that wants new histories after as many events as a test can bear to make.
 */
export async function ownServer({ eventsPerHistory = 4096 } = {}): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-own-temporal-'));
  const address = `${LOOPBACK}:${await freePort()}`;
  const logFile = join(folder, 'temporal.log');
  const child = await startChild({
    name,
    command: await findTemporal(),
    args: [
      ...['server', 'start-dev', '--headless', '--ip', LOOPBACK, '--port', address.slice(LOOPBACK.length + 1)],
      ...['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${eventsPerHistory}`],
      ...['--log-level', 'error', '--color', 'never', '--disable-config-file', '--disable-config-env'],
    ],
    env: { PATH: process.env['PATH'] ?? '', HOME: folder },
    logFile,
    stopSignal: 'TERM',
    graceSeconds: 10,
  });
  whenTestsEnd(async () => {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const probe = async (): Promise<void> => {
    const connection = await Connection.connect({ address, connectTimeout: '2 seconds' });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
    } finally {
      await connection.close();
    }
  };
  await waitUntilReady(child, probe, { name, timeoutMs: 60_000, logFile });
  const connection = await Connection.connect({ address });
  whenTestsEnd(() => connection.close());
  const nativeConnection = await NativeConnection.connect({ address });
  whenTestsEnd(() => nativeConnection.close());
  const unique = (prefix: string): string => `${prefix}-${randomBytes(5).toString('hex')}`;
  return { client: new Client({ connection }), nativeConnection, unique, searchable: false };
}
