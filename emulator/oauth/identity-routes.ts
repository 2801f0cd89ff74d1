import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorContext } from '../context.ts';
import { normalizeId } from '../salesforce-id.ts';
import { bearerToken } from '../rest/bearer-token.ts';
import { useSession } from './sessions.ts';
import { identityUrl } from './token-reply.ts';
import { readUser } from './user-row.ts';

const links = (origin: string, userId: string): Record<string, string> => {
  const data = `${origin}/services/data/v{version}`;
  return {
    enterprise: `${origin}/services/Soap/c/{version}/`,
    metadata: `${origin}/services/Soap/m/{version}/`,
    partner: `${origin}/services/Soap/u/{version}/`,
    rest: `${data}/`,
    sobjects: `${data}/sobjects/`,
    search: `${data}/search/`,
    query: `${data}/query/`,
    recent: `${data}/recent/`,
    profile: `${origin}/${userId}`,
  };
};

/** Who the token belongs to: the OpenID discovery document, userinfo and the identity URL. */
export function identityRoutes(server: FastifyInstance, context: EmulatorContext): void {
  const { pool, orgs } = context;

  const badToken = (reply: FastifyReply): FastifyReply =>
    reply.status(403).type('text/html; charset=UTF-8').send('Bad_OAuth_Token');

  const userinfo = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const session = await useSession(pool, orgs, bearerToken(request) ?? '');
    const user = session && (await readUser(pool, session.org, session.userId));
    if (session === undefined || user === undefined) return badToken(reply);
    const origin = context.url();
    return {
      sub: identityUrl(origin, session.org.id, session.userId),
      user_id: session.userId,
      organization_id: session.org.id,
      preferred_username: user.Username,
      nickname: user.CommunityNickname,
      name: user.Name,
      email: user.Email,
      email_verified: true,
      given_name: user.FirstName,
      family_name: user.LastName,
      zoneinfo: user.TimeZoneSidKey,
      photos: { picture: `${origin}/profilephoto/005/F`, thumbnail: `${origin}/profilephoto/005/T` },
      profile: `${origin}/${session.userId}`,
      picture: `${origin}/profilephoto/005/F`,
      address: {},
      is_salesforce_integration_user: false,
      urls: links(origin, session.userId),
      active: user.IsActive,
      user_type: user.UserType.toUpperCase(),
      language: user.LanguageLocaleKey,
      locale: user.LocaleSidKey,
      utcOffset: 0,
      updated_at: user.LastModifiedDate.toISOString(),
    };
  };
  server.get('/services/oauth2/userinfo', userinfo);
  server.post('/services/oauth2/userinfo', userinfo);

  server.get('/id/:orgId/:userId', async (request, reply) => {
    const asked = request.params as { orgId: string; userId: string };
    const session = await useSession(pool, orgs, bearerToken(request) ?? '');
    if (session === undefined || session.org.id !== normalizeId(asked.orgId)) return badToken(reply);
    const userId = normalizeId(asked.userId) ?? '';
    const user = await readUser(pool, session.org, userId);
    if (user === undefined) return reply.status(404).type('text/html; charset=UTF-8').send('Bad_Id');
    const origin = context.url();
    return {
      id: identityUrl(origin, session.org.id, userId),
      asserted_user: userId === session.userId,
      user_id: userId,
      organization_id: session.org.id,
      username: user.Username,
      nick_name: user.CommunityNickname,
      display_name: user.Name,
      email: user.Email,
      email_verified: true,
      first_name: user.FirstName,
      last_name: user.LastName,
      timezone: user.TimeZoneSidKey,
      photos: { picture: `${origin}/profilephoto/005/F`, thumbnail: `${origin}/profilephoto/005/T` },
      urls: links(origin, userId),
      active: user.IsActive,
      user_type: user.UserType.toUpperCase(),
      language: user.LanguageLocaleKey,
      locale: user.LocaleSidKey,
      utcOffset: 0,
      last_modified_date: user.LastModifiedDate.toISOString().replace('Z', '+0000'),
      is_app_installed: true,
    };
  });

  server.get('/id/keys', () => ({ keys: [context.idTokens.publicKey()] }));

  server.get('/.well-known/openid-configuration', () => {
    const origin = context.url();
    const at = (name: string): string => `${origin}/services/oauth2/${name}`;
    return {
      issuer: origin,
      authorization_endpoint: at('authorize'),
      token_endpoint: at('token'),
      revocation_endpoint: at('revoke'),
      introspection_endpoint: at('introspect'),
      userinfo_endpoint: at('userinfo'),
      jwks_uri: `${origin}/id/keys`,
      scopes_supported: ['api', 'refresh_token', 'offline_access', 'id', 'profile', 'email', 'openid', 'web', 'full'],
      response_types_supported: ['code'],
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'password',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ],
      code_challenge_methods_supported: ['S256'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    };
  });
}
