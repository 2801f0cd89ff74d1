import { createHmac } from 'node:crypto';
import type { EmulatorContext } from '../context.ts';
import type { App } from './apps.ts';
import type { Issued } from './token-flows.ts';

/** Address of a user's identity, which is also the id of the grant. */
export const identityUrl = (origin: string, orgId: string, userId: string): string => `${origin}/id/${orgId}/${userId}`;

/** Who logged in, and when, signed with the emulator's own key. */
function idToken({ url, idTokens }: EmulatorContext, app: App, { owner, session, nonce }: Issued): string {
  const seconds = Math.floor(session.issuedAt.getTime() / 1000);
  return idTokens.sign({
    iss: url(),
    sub: identityUrl(url(), owner.org.id, owner.userId),
    aud: app.clientId,
    iat: seconds,
    exp: seconds + 120,
    ...(nonce === undefined ? {} : { nonce }),
  });
}

/** Returns the body of a successful token reply. There is no `expires_in`: an org does not say. */
export function tokenReply(context: EmulatorContext, app: App, issued: Issued): Record<string, string> {
  const origin = context.url();
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
    ...(owner.scope.split(' ').includes('openid') ? { id_token: idToken(context, app, issued) } : {}),
    instance_url: origin,
    id,
    token_type: 'Bearer',
    issued_at: issuedAt,
  };
}
