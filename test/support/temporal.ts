import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { startTemporal } from '../../services/temporal.ts';
import { once, whenTestsEnd } from './when-tests-end.ts';

export interface TestTemporal {
  readonly address: string;
  readonly namespace: string;
  readonly connection: Connection;
  readonly client: Client;
  /** For workers. */
  readonly nativeConnection: NativeConnection;
  /** This file's alone. */
  readonly taskQueue: string;
  /** Returns a name that starts with `prefix`, that no other call returns, and that is a valid name of a connection or job. */
  readonly unique: (prefix: string) => string;
}

/** The server that test/run.ts started for all files; one of our own when this file runs by itself. */
const serverAddress = once(async () => {
  const shared = process.env['MOORING_TEST_TEMPORAL_ADDRESS'];
  if (shared !== undefined) return shared;
  const server = await startTemporal({ headless: true });
  whenTestsEnd(server.stop);
  return server.address;
});

const unique = (prefix: string): string => `${prefix}-${randomBytes(5).toString('hex')}`;

/**
 * Connects to a real Temporal server, once per test file; closed when the file's tests are over.
 *
 * All files share the server and its namespace: build ids from `unique` names.
 */
export const testTemporal: () => Promise<TestTemporal> = once(async () => {
  const address = await serverAddress();
  const namespace = 'default';
  const connection = await Connection.connect({ address });
  whenTestsEnd(() => connection.close());
  const nativeConnection = await NativeConnection.connect({ address });
  whenTestsEnd(() => nativeConnection.close());
  const client = new Client({ connection, namespace });
  return { address, namespace, connection, client, nativeConnection, taskQueue: unique('test'), unique };
});
