import type { FastifyReply, FastifyRequest } from 'fastify';

const NAME = 'mooring_codec';
/** A working day; the token may end earlier. */
const LIFETIME_SECONDS = 12 * 60 * 60;

/**
 * Keeps a token of the role `codec` in this browser. `Strict`: it goes along only when the page that asks is of our own site, which the
 * Web UI is when both have the same host, or hosts of one registered domain.
 */
export function keepToken(reply: FastifyReply, baseUrl: string, token: string): void {
  const { protocol, pathname } = new URL(baseUrl);
  reply.setCookie(NAME, token, {
    path: `${pathname.replace(/\/$/, '')}/codec`,
    httpOnly: true,
    sameSite: 'strict',
    secure: protocol === 'https:',
    maxAge: LIFETIME_SECONDS,
  });
}

export const keptTokenOf = (request: FastifyRequest): string | undefined => request.cookies[NAME];
