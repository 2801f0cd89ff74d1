import type { FastifyInstance } from 'fastify';
import { createServer, type ServerOptions } from '../../server/create-server.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';

export const unused = async (): Promise<never> => {
  throw new Error('This test authorizes nobody.');
};

/** A server whose routes are asked with `inject`, without the parts that authorize connections. */
export async function createTestServer(ports: Partial<ServerOptions>): Promise<FastifyInstance> {
  const server = await createServer({
    baseUrl: 'http://127.0.0.1:7700',
    attempts: { open: unused, receive: unused, follow: unused, markSignalled: unused },
    authorizationUrl: unused,
    signalConsent: unused,
    checks: {},
    ...ports,
  });
  whenTestsEnd(() => server.close());
  return server;
}
