import { createHmac, timingSafeEqual } from 'node:crypto';
import { MooringError } from '../../domain/errors.ts';
import { trustedOrigin } from '../../domain/instance-url.ts';
import type { OAuthApp, TokenReply } from '../../domain/oauth-app.ts';
import { parseIdentityUrl } from '../../domain/salesforce-ids.ts';

const text = (body: object, key: string): string | undefined => {
  const value: unknown = Object.getOwnPropertyDescriptor(body, key)?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** Base64(HMAC-SHA256(client secret, id + issued_at)): only Salesforce and we can compute it. */
function isSigned(body: object, clientSecret: string): boolean {
  const expected = createHmac('sha256', clientSecret)
    .update(`${text(body, 'id') ?? ''}${text(body, 'issued_at') ?? ''}`)
    .digest();
  const signature = Buffer.from(text(body, 'signature') ?? '', 'base64');
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

/**
 * Reads a reply of the token endpoint and believes nothing of it unchecked: the signature (a public client has no secret and can
 * verify none), the hosts, the ids. Tokens are opaque and may be JWTs of several kilobytes.
 *
 * @param answer - body of a 200
 * @throws SF_REPLY_UNTRUSTED, without quoting the reply
 */
export function readTokenReply(answer: string, app: OAuthApp, doing: string): TokenReply {
  const untrusted = (reason: string): MooringError =>
    new MooringError(
      'SF_REPLY_UNTRUSTED',
      `${doing} brought a reply of "${app.loginUrl}" that cannot be trusted: ${reason}. Nothing of it was used; check the org's address and the network between.`,
    );
  let body: unknown;
  try {
    body = JSON.parse(answer);
  } catch {
    throw untrusted('it is not JSON');
  }
  if (typeof body !== 'object' || body === null) throw untrusted('it is not a JSON object');
  if (app.clientSecret !== undefined && !isSigned(body, app.clientSecret)) throw untrusted('its signature is wrong');

  const identityUrl = text(body, 'id') ?? '';
  const ids = parseIdentityUrl(identityUrl);
  if (ids === undefined || trustedOrigin(identityUrl, app.loginUrl) === undefined) {
    throw untrusted('its identity URL is not one of Salesforce');
  }
  const instanceUrl = trustedOrigin(text(body, 'instance_url') ?? '', app.loginUrl);
  if (instanceUrl === undefined) throw untrusted('its instance_url is no host of Salesforce nor of the configured org');
  const accessToken = text(body, 'access_token');
  if (accessToken === undefined || text(body, 'token_type')?.toLowerCase() !== 'bearer') {
    throw untrusted('it holds no bearer token');
  }
  const refreshToken = text(body, 'refresh_token');
  const scopes = (text(body, 'scope') ?? '').split(' ').filter((scope) => scope !== '');
  return {
    accessToken,
    instanceUrl,
    identityUrl,
    ...ids,
    scopes,
    ...(refreshToken === undefined ? {} : { refreshToken }),
  };
}
