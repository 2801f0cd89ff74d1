import type { FastifyReply, FastifyRequest } from 'fastify';

/** What an org takes of address and headers together, in bytes. https://help.salesforce.com/s/articleView?id=000386264 */
const LONGEST = 16_384;
/** So that a longer request still reaches us and is refused in the org's words, not in Node's. */
export const LONGEST_READ = 65_536;

/** The pages of the web server before the org; clients quote them. */
const page = (status: number, reason: string): string => `<h1>Bad Message ${status}</h1><pre>reason: ${reason}</pre>`;

/** Answers a request whose address, alone or with its headers, is longer than an org takes; whether it did. */
export function refuseLong({ url, raw }: FastifyRequest, reply: FastifyReply): boolean {
  const headers = raw.rawHeaders.reduce((bytes, text) => bytes + Buffer.byteLength(text) + 2, 0);
  if (url.length + headers <= LONGEST) return false;
  const [status, reason] =
    url.length > LONGEST ? ([414, 'URI Too Long'] as const) : ([431, 'Request Header Fields Too Large'] as const);
  void reply.status(status).type('text/html').send(page(status, reason));
  return true;
}
