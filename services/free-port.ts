import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { MooringError } from '../domain/errors.ts';

/** Everything we start listens here and nowhere else. */
export const LOOPBACK = '127.0.0.1';

/** Listens for a moment; resolves to the port that was listened on, or to `undefined` when it is taken. */
const tryPort = (port: number): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });

/**
 * Below 32768 and above what well-known services use. Systems give 32768 and up (Linux) or 49152 and up (macOS, Windows) to every outgoing
 * connection, so a port from there that is free now is likely taken before a program that takes seconds to start listens on it.
 */
const [FIRST_PORT, LAST_PORT] = [10_000, 32_767];

/** Returns a TCP port on which nobody listens now and which no outgoing connection takes. Another program may take it: start soon. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = await tryPort(randomInt(FIRST_PORT, LAST_PORT + 1));
    if (port !== undefined) return port;
  }
  throw new MooringError('SERVICE_FAILED', `No free TCP port was found on ${LOOPBACK}.`);
}

export interface PortWish {
  /** What will listen, as it stands in the message: `PostgreSQL`. */
  readonly name: string;
  /** The port somebody asked for; nothing else will do. */
  readonly port?: number | undefined;
  /** The port of last time, kept when it is free, so that addresses survive a restart. */
  readonly last?: number | undefined;
}

/**
 * Returns the port to listen on: the one asked for, else the one of last time, else any free one.
 *
 * @throws PORT_TAKEN when the port asked for is in use
 */
export async function choosePort({ name, port, last }: PortWish): Promise<number> {
  if (port !== undefined) {
    if ((await tryPort(port)) !== undefined) return port;
    throw portTaken(name, port);
  }
  if (last !== undefined && (await tryPort(last)) !== undefined) return last;
  return freePort();
}

export const portTaken = (name: string, port: number): MooringError =>
  new MooringError(
    'PORT_TAKEN',
    `${name} cannot listen on ${LOOPBACK}, port "${port}", because another program does. Stop that program or choose another port.`,
  );
