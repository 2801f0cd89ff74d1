import type { FastifyRequest } from 'fastify';

/** Returns the access token of a request, wherever an org looks for it. */
export function bearerToken(request: FastifyRequest): string | undefined {
  const { 'x-sfdc-session': ofBulk } = request.headers;
  if (typeof ofBulk === 'string' && request.url.startsWith('/services/async/')) return ofBulk;
  const header = /^(?:Bearer|OAuth) (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (header !== undefined) return header;
  const { oauth_token: parameter } = request.query as Readonly<Record<string, string | undefined>>;
  return parameter;
}
