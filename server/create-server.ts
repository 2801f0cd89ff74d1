import cookie from '@fastify/cookie';
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { noticePage } from './pages/notice-page.ts';
import type { ServerPorts } from './ports.ts';
import { isClientFault, publicMessage } from './public-message.ts';
import { refuseBrokenRequest } from './refuse-broken-request.ts';
import { attemptRoutes } from './routes/attempts.ts';
import { authorizeRoute } from './routes/authorize.ts';
import { callbackRoute } from './routes/callback.ts';
import { codecRoutes } from './routes/codec.ts';
import { healthRoutes } from './routes/health.ts';
import { resolveCompanyRoute } from './routes/resolve-company.ts';
import { widgetRoute } from './routes/widget.ts';
import { SECURITY_HEADERS, sendPage } from './security-headers.ts';

export interface ServerOptions extends ServerPorts {
  readonly logger?: FastifyBaseLogger;
}

/**
 * Builds the HTTP server: the start and the callback of OAuth, the page that follows an attempt, the API, the widget, and the health of
 * the process.
 * The caller listens, on loopback unless told otherwise (see `listen`).
 */
export async function createServer({ logger, ...ports }: ServerOptions): Promise<FastifyInstance> {
  const server: FastifyInstance = fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    // Fastify's own lines show the URL, and a callback's URL holds the code. Ours show the route.
    logController: new LogController({ disableRequestLogging: true }),
    // HEAD would spend a ticket, and mail scanners send it.
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    clientErrorHandler: refuseBrokenRequest,
    frameworkErrors: (_error, _request, reply) => {
      void sendPage(reply.headers(SECURITY_HEADERS), 400, (nonce) =>
        noticePage('Not found', 'There is nothing here.', nonce),
      );
    },
  });
  await server.register(cookie);

  server.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
  });
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    request.log.info(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    );
  });
  server.setNotFoundHandler((_request, reply) =>
    sendPage(reply, 404, (nonce) => noticePage('Not found', 'There is nothing here.', nonce)),
  );
  server.setErrorHandler((error, request, reply) => {
    if (isClientFault(error)) {
      return sendPage(reply, error.statusCode ?? 400, (nonce) =>
        noticePage('Not understood', 'The request was not understood.', nonce),
      );
    }
    // The stack's first line repeats the message, which is ours or a driver's and holds no secret: those are values, never text.
    const { name, message, stack } = error instanceof Error ? error : new Error('not an error');
    request.log.error({ error: { name, message, stack }, route: request.routeOptions.url }, 'request failed');
    const words = publicMessage(error, 'Mooring could not answer. Its log says why; then ask for a new link.');
    return sendPage(reply, 500, (nonce) => noticePage('Something is not right', words, nonce));
  });

  for (const routes of [healthRoutes, authorizeRoute, callbackRoute, attemptRoutes]) routes(server, ports);
  if (ports.api !== undefined) await resolveCompanyRoute(server, ports.api);
  if (ports.widget !== undefined) await widgetRoute(server, ports.widget);
  if (ports.codec !== undefined) await codecRoutes(server, ports.baseUrl, ports.codec);
  return server;
}
