import type { FastifyReply, FastifyRequest } from 'fastify';

/** Longer than an attempt lives, so that its page can still be looked at for a while. */
const LIFETIME_SECONDS = 60 * 60;

/** One cookie per attempt, so that two windows do not disturb each other. */
const nameOf = (attemptId: string): string => `mooring_${attemptId.replaceAll('-', '')}`;

/**
 * Ties an attempt to this browser. `Lax`, since the browser comes back from Salesforce by a link of another site; nothing that a
 * link can do to this server is worth more than that.
 */
export function tieToBrowser(reply: FastifyReply, baseUrl: string, attemptId: string, browserSecret: string): void {
  const { protocol, pathname } = new URL(baseUrl);
  reply.setCookie(nameOf(attemptId), browserSecret, {
    path: pathname,
    httpOnly: true,
    sameSite: 'lax',
    secure: protocol === 'https:',
    maxAge: LIFETIME_SECONDS,
  });
}

export const browserSecretOf = (request: FastifyRequest, attemptId: string): string | undefined =>
  request.cookies[nameOf(attemptId)];
