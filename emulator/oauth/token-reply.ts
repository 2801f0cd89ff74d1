import { createHmac } from 'node:crypto';
import type { App } from './apps.ts';
import type { Issued } from './token-flows.ts';

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Address of a user's identity, which is also the id of the grant. */
export const identityUrl = (origin: string, orgId: string, userId: string): string => `${origin}/id/${orgId}/${userId}`;

/** An id_token signed with the client's secret; a real one is signed with the org's key. */
function idToken(origin: string, app: App, { owner, session, nonce }: Issued): string {
  const seconds = Math.floor(session.issuedAt.getTime() / 1000);
  const head = base64url({ alg: 'HS256', typ: 'JWT' });
  const claims = base64url({
    iss: origin,
    sub: identityUrl(origin, owner.org.id, owner.userId),
    aud: app.clientId,
    iat: seconds,
    exp: seconds + 120,
    ...(nonce === undefined ? {} : { nonce }),
  });
  const signature = createHmac('sha256', app.clientSecret ?? '')
    .update(`${head}.${claims}`)
    .digest('base64url');
  return `${head}.${claims}.${signature}`;
}

/** Returns the body of a successful token reply. There is no `expires_in`: an org does not say. */
export function tokenReply(origin: string, app: App, issued: Issued): Record<string, string> {
  const { owner, session, refreshToken } = issued;
  const id = identityUrl(origin, owner.org.id, owner.userId);
  const issuedAt = String(session.issuedAt.getTime());
  return {
    access_token: session.accessToken,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    signature: createHmac('sha256', app.clientSecret ?? '')
      .update(id + issuedAt)
      .digest('base64'),
    scope: owner.scope,
    ...(owner.scope.split(' ').includes('openid') ? { id_token: idToken(origin, app, issued) } : {}),
    instance_url: origin,
    id,
    token_type: 'Bearer',
    issued_at: issuedAt,
  };
}
