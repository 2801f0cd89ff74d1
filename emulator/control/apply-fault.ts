import type { FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import { apiError, MAINTENANCE_PAGE, oauthError } from '../error-strings.ts';
import { cutBody, slowBody } from './body-faults.ts';
import type { FaultAction } from './fault-kinds.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What goes wrong with this request, for the routes that carry it out themselves. */
    fault: FaultAction | null;
  }
}

type ActionOf<Kind extends FaultAction['kind']> = Extract<FaultAction, { kind: Kind }>;

/** Returns the fault of a request when it is of this kind. */
export function faultOf<Kind extends FaultAction['kind']>(
  request: FastifyRequest,
  kind: Kind,
): ActionOf<Kind> | undefined {
  return request.fault?.kind === kind ? (request.fault as ActionOf<Kind>) : undefined;
}

/** What one fault does to one request before it is worked on: it may answer, throw the refusal, or touch the reply. */
type Apply<Kind extends FaultAction['kind']> = (reply: FastifyReply, action: ActionOf<Kind>) => Promise<void> | void;

/** Kinds that are not here are carried out by the routes that they concern. */
const APPLY: { readonly [Kind in FaultAction['kind']]?: Apply<Kind> } = {
  status: async (reply, { status, body = '', contentType = 'application/json;charset=UTF-8', headers = {} }) => {
    await reply.headers(headers).status(status).type(contentType).send(body);
  },
  unavailable: async (reply) => {
    await reply.status(503).type('text/html; charset=UTF-8').send(MAINTENANCE_PAGE);
  },
  tooManyRequests: (reply, { retryAfterSeconds = 1 }) => {
    reply.header('Retry-After', String(retryAfterSeconds));
    throw apiError('tooManyRequests');
  },
  sessionExpired: (reply) => {
    reply.header('WWW-Authenticate', 'Token');
    throw apiError('invalidSession');
  },
  invalidGrant: () => {
    throw oauthError('expiredToken');
  },
  requestLimit: (_reply, { which }) => {
    throw apiError(which === 'total' ? 'totalRequests' : 'concurrentRequests');
  },
  locatorLost: () => {
    throw apiError('invalidLocator');
  },
  latency: async (_reply, { ms }) => {
    await delay(ms);
  },
  reset: (reply) => {
    reply.hijack();
    reply.raw.destroy();
  },
  resetAfter: (reply, { bytes }) => cutBody(reply.raw, bytes, 'reset'),
  truncate: (reply, { bytes }) => cutBody(reply.raw, bytes, 'quiet'),
  trickle: (reply, { bytesPerSecond }) => slowBody(reply.raw, bytesPerSecond),
};

/**
 * Begins a fault. Returns true when the request is answered with it, so that no work is done.
 *
 * @throws ApiError or OAuthError where the fault is a refusal
 */
export async function applyFault(request: FastifyRequest, reply: FastifyReply, action: FaultAction): Promise<boolean> {
  request.fault = action;
  await (APPLY[action.kind] as Apply<FaultAction['kind']> | undefined)?.(reply, action);
  return reply.sent;
}
