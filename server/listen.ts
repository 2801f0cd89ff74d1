import type { FastifyInstance } from 'fastify';
import { MooringError } from '../domain/errors.ts';

export interface ListenOptions {
  readonly port: number;
  /** Loopback unless told otherwise: what this server does is for people who were given a link. */
  readonly host?: string;
}

/**
 * Starts listening and returns the address.
 *
 * @throws PORT_TAKEN when the port is in use or may not be used
 */
export async function listen(server: FastifyInstance, { port, host = '127.0.0.1' }: ListenOptions): Promise<string> {
  try {
    return await server.listen({ port, host });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes(code)) throw error;
    throw new MooringError(
      'PORT_TAKEN',
      `The server cannot listen on "${host}:${port}" (${code}). Stop what uses it, or choose another port.`,
      {
        cause: error,
      },
    );
  }
}
