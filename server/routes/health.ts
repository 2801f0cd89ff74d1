import type { FastifyInstance } from 'fastify';
import type { ServerPorts } from '../ports.ts';

const CHECK_TIMEOUT_MS = 3_000;

async function isReady(check: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check().then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** `GET /health`: this process runs. `GET /ready`: what it depends on can be used; says which part cannot, and never why. */
export function healthRoutes(server: FastifyInstance, { checks }: ServerPorts): void {
  server.get('/health', () => ({ status: 'ok' }));

  server.get('/ready', async (_request, reply) => {
    const parts = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await isReady(check)] as const),
    );
    const ready = parts.every(([, isUsable]) => isUsable);
    return reply.code(ready ? 200 : 503).send({ ready, parts: Object.fromEntries(parts) });
  });
}
