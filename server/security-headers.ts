import { randomBytes } from 'node:crypto';
import type { FastifyReply } from 'fastify';

/** Goes out with every answer: nothing is cached, framed, sniffed or told to the next site, whose address bar may hold a code. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export interface PagePolicy {
  /** Where its forms may be sent, as a CSP source; nowhere when absent. */
  readonly formAction?: "'self'";
  /** Origins of pages that may frame it; none when absent. */
  readonly frameAncestors?: readonly string[];
}

/** Sends a page whose one style and one script carry a nonce of this response. */
export function sendPage(
  reply: FastifyReply,
  status: number,
  page: (nonce: string) => string,
  { formAction, frameAncestors = [] }: PagePolicy = {},
): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  // It knows no list of origins, and would forbid what the policy allows.
  if (frameAncestors.length > 0) reply.removeHeader('x-frame-options');
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header(
      'content-security-policy',
      `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; ` +
        `frame-ancestors ${frameAncestors.length === 0 ? "'none'" : frameAncestors.join(' ')}; base-uri 'none'; ` +
        `form-action ${formAction ?? "'none'"}`,
    )
    .send(page(nonce));
}
