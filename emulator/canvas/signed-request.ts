import { createHmac } from 'node:crypto';

/**
 * Returns what an org posts to a Canvas app as `signed_request`: HMAC-SHA256 of the encoded envelope under the consumer secret, a dot,
 * and the envelope, both in base64 with `+`, `/` and `=`.
 *
 * @see https://developer.salesforce.com/docs/platform/canvas-framework/guide/canvas-app-signed-req-authentication.html
 */
export function signRequest(envelope: object, consumerSecret: string): string {
  const encoded = Buffer.from(JSON.stringify(envelope)).toString('base64');
  return `${createHmac('sha256', consumerSecret).update(encoded).digest('base64')}.${encoded}`;
}

/**
 * Returns an instant as an envelope tells it: milliseconds cut to a signed integer of 32 bits, so that it starts anew every 49.7 days.
 * The documentation says "for internal use only"; requests that people have published show it, negative ones among them.
 */
export const issuedAtOf = (instant: Date): number => instant.getTime() | 0;
