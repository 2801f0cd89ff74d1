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

/**
 * Sends a page whose one style and one script carry a nonce of this response.
 *
 * @param formAction - where its forms may be sent, as a CSP source
 */
export function sendPage(
  reply: FastifyReply,
  status: number,
  page: (nonce: string) => string,
  { formAction = "'none'" }: { readonly formAction?: "'none'" | "'self'" } = {},
): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header(
      'content-security-policy',
      `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; ` +
        `frame-ancestors 'none'; base-uri 'none'; form-action ${formAction}`,
    )
    .send(page(nonce));
}
