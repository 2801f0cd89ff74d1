import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { ApiError, OAuthError } from './api-error.ts';
import { ingestRoutes } from './bulk/ingest-routes.ts';
import { jobRoutes } from './bulk/job-routes.ts';
import { resultRoutes } from './bulk/result-routes.ts';
import { asyncApi } from './bulk1/async-api.ts';
import { asyncBatchRoutes } from './bulk1/batch-routes.ts';
import { asyncJobRoutes } from './bulk1/job-routes.ts';
import { collectionRoutes } from './composite/collection-routes.ts';
import { compositeRoutes } from './composite/composite-routes.ts';
import { treeRoutes } from './composite/tree-routes.ts';
import type { EmulatorContext } from './context.ts';
import { applyFault } from './control/apply-fault.ts';
import { controlRoutes } from './control/control-routes.ts';
import { harmlessQuery } from './control/request-log.ts';
import { apiError, MESSAGES } from './error-strings.ts';
import { authorizeRoutes } from './oauth/authorize-routes.ts';
import { identityRoutes } from './oauth/identity-routes.ts';
import { orgOfToken } from './oauth/sessions.ts';
import { tokenRoutes } from './oauth/token-routes.ts';
import { pageRoutes } from './pages/page-routes.ts';
import { bearerToken } from './rest/bearer-token.ts';
import { dataApi } from './rest/data-api.ts';
import { describeRoutes } from './rest/describe-routes.ts';
import { limitsRoutes } from './rest/limits-routes.ts';
import { LONGEST_READ, refuseLong } from './rest/longest-request.ts';
import { queryRoutes } from './rest/query-routes.ts';
import { recentRoutes } from './rest/recent-routes.ts';
import { recordRoutes } from './rest/record-routes.ts';
import { replicationRoutes } from './rest/replication-routes.ts';
import { soapRoutes } from './soap/soap-routes.ts';

const compress = promisify(gzip);
/** Smaller bodies are not worth it. */
const SMALLEST_GZIP = 1024;

function answerError(
  context: EmulatorContext,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof OAuthError) {
    return reply.status(error.status).send({ error: error.error, error_description: error.message });
  }
  if (error instanceof ApiError) return reply.status(error.status).send([error.entry]);
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  const message = error instanceof Error ? error.message : String(error);
  if (request.url.startsWith('/__emulator')) return reply.status(status).send({ message });
  if (status === 400) return reply.status(400).send([{ message, errorCode: 'JSON_PARSER_ERROR' }]);
  context.onUnexpected(error);
  return reply
    .status(500)
    .send([{ message: MESSAGES.unexpected(Date.now() % 1_000_000_000), errorCode: 'UNKNOWN_EXCEPTION' }]);
}

/** Builds the HTTP side of the emulator; the caller makes it listen. */
export async function createServer(context: EmulatorContext): Promise<FastifyInstance> {
  const server = fastify({
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    http: { maxHeaderSize: LONGEST_READ },
    bodyLimit: 10 * 1024 * 1024,
    forceCloseConnections: true,
  });
  // Without what answers the rest of a path: that is a refusal.
  const routes = new Set<string>();
  server.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD' && !url.endsWith('*')) routes.add(`${one} ${url}`);
  });
  await server.register(cookie);
  await server.register(formbody);
  // jsforce sends JSON requests without a body, and bodies without a type.
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body: string, done) => {
    try {
      done(null, body.trim() === '' ? undefined : JSON.parse(body));
    } catch (error) {
      done(Object.assign(error as Error, { statusCode: 400 }), undefined);
    }
  });

  server.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) => done(null, body));

  server.decorateRequest('fault', null);
  server.decorateRequest('part', null);
  server.addHook('onRequest', async (request, reply) => {
    const started = Date.now();
    const { pathname: path, searchParams } = new URL(request.url, 'http://emulator');
    if (path.startsWith('/__emulator')) return;
    const { method } = request;
    request.part = context.parts.find(request);
    if (request.part !== null) return; // struck, counted and logged as a whole
    const org = orgOfToken(context.orgs, bearerToken(request) ?? '')?.name;
    reply.raw.once('close', () => {
      context.requestLog.add({
        at: started,
        ...{ method, path, query: harmlessQuery(searchParams), org },
        status: reply.raw.statusCode,
        durationMs: Date.now() - started,
        fault: request.fault?.kind,
      });
    });
    if (refuseLong(request, reply)) return reply;
    const fault = context.faults.take({ method, path, org });
    if (fault !== undefined && (await applyFault(request, reply, fault))) return reply;
  });

  // Bodies may come compressed; Node itself takes them in chunks.
  server.addHook('preParsing', async (request, _reply, payload) => {
    if (request.headers['content-encoding'] !== 'gzip') return payload;
    delete request.headers['content-encoding'];
    delete request.headers['content-length'];
    return payload.pipe(createGunzip());
  });

  server.addHook('onSend', async (request, reply, payload) => {
    const wanted = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    if (!wanted || typeof payload !== 'string' || payload.length < SMALLEST_GZIP) return payload;
    reply.header('Content-Encoding', 'gzip').header('Vary', 'Accept-Encoding').removeHeader('Content-Length');
    return compress(payload);
  });

  server.setErrorHandler((error, request, reply) => answerError(context, error, request, reply));
  server.setNotFoundHandler((request, reply) => answerError(context, apiError('notFound'), request, reply));

  authorizeRoutes(server, context);
  tokenRoutes(server, context);
  identityRoutes(server, context);
  soapRoutes(server, context);
  pageRoutes(server, context);
  dataApi(server, context, (api) => {
    describeRoutes(api, context);
    queryRoutes(api, context);
    limitsRoutes(api, context);
    replicationRoutes(api, context);
    recordRoutes(api, context);
    recentRoutes(api, context);
    collectionRoutes(api, context);
    compositeRoutes(api, context);
    treeRoutes(api, context);
    jobRoutes(api, context);
    ingestRoutes(api, context);
    resultRoutes(api, context);
  });
  asyncApi(server, context, (api) => {
    asyncJobRoutes(api, context);
    asyncBatchRoutes(api, context);
  });
  controlRoutes(server, context);
  server.get('/__emulator/routes', () => [...routes].sort());
  return server;
}
