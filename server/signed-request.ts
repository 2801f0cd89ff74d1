import { createHmac, timingSafeEqual } from 'node:crypto';

/** HMAC and envelope, both in base64, of either alphabet. */
const SHAPE = /^([A-Za-z0-9+/_-]{43}=?)\.([A-Za-z0-9+/_-]+={0,2})$/;

/** The two parts of a `signed_request`, before anything is believed. */
export interface SignedRequest {
  readonly signature: Buffer;
  /** As it was signed: its bytes are never changed, and tell one request from another. */
  readonly envelope: string;
}

/** Returns the parts of what was posted as `signed_request`, or `undefined` when it is not shaped like one. */
export function splitSignedRequest(posted: unknown): SignedRequest | undefined {
  if (typeof posted !== 'string') return undefined;
  const [, signature, envelope] = SHAPE.exec(posted) ?? [];
  if (signature === undefined || envelope === undefined) return undefined;
  return { signature: Buffer.from(signature, 'base64'), envelope };
}

/**
 * Returns the content of the envelope when whoever signed it knows the consumer secret, else `undefined`. The signature is compared in
 * constant time, and before anything of the envelope is decoded.
 *
 * @see https://developer.salesforce.com/docs/platform/canvas-framework/guide/canvas-app-unsigned-code-example.html
 */
export function openSignedRequest({ signature, envelope }: SignedRequest, consumerSecret: string): unknown {
  const right = createHmac('sha256', consumerSecret).update(envelope).digest();
  if (signature.length !== right.length || !timingSafeEqual(signature, right)) return undefined;
  try {
    return JSON.parse(Buffer.from(envelope, 'base64').toString());
  } catch {
    return undefined;
  }
}
