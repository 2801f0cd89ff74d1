import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiCaller, ApiTokenRole } from '../domain/api-token.ts';
import type { RateLimit } from './rate-limit.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set by a guard before anything else of the request is read. */
    caller?: ApiCaller;
  }
}

export interface GuardPorts {
  readonly authenticate: (token: string) => Promise<ApiCaller | undefined>;
  readonly limit: RateLimit;
}

export const bearerTokenOf = (request: FastifyRequest): string | undefined =>
  /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];

/**
 * Returns an `onRequest` hook that lets only tokens of a role pass: before the body is read, so that a stranger cannot make us read it.
 *
 * @param tokenOf - where the request shows its token; the `Authorization` header unless said otherwise
 */
export const guardFor =
  (role: ApiTokenRole, { authenticate, limit }: GuardPorts, tokenOf = bearerTokenOf) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const token = tokenOf(request);
    const caller = token === undefined ? undefined : await authenticate(token);
    if (caller === undefined) {
      const error =
        token === undefined
          ? 'This address needs a token: Authorization: Bearer mooring_… (mooring token create).'
          : 'The token is not valid: unknown, expired or revoked.';
      return reply.code(401).header('www-authenticate', 'Bearer').send({ error });
    }
    if (caller.role !== role) {
      const error = `The token is of the role "${caller.role}"; this address needs one of the role "${role}".`;
      return reply.code(403).send({ error });
    }
    const waitSeconds = limit(caller.tokenId);
    if (waitSeconds > 0) {
      const error = `Too many requests with this token. Try again in ${waitSeconds} s.`;
      return reply.code(429).header('retry-after', String(waitSeconds)).send({ error });
    }
    request.caller = caller;
    return undefined;
  };
