import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorContext } from '../context.ts';
import { missingParameter, oauthError } from '../error-strings.ts';
import { appOrThrow, assertSecret, type App } from './apps.ts';
import { revokeToken } from './grants.ts';
import { findPerson } from './people.ts';
import { useSession } from './sessions.ts';
import { redeemAssertion } from './jwt-bearer.ts';
import {
  clientCredentials,
  passwordLogin,
  redeemCode,
  refresh,
  type Issued,
  type TokenParameters,
} from './token-flows.ts';
import { identityUrl, tokenReply } from './token-reply.ts';

type Flow = (context: EmulatorContext, app: App, parameters: TokenParameters) => Promise<Issued>;

const FLOWS: Readonly<Record<string, Flow>> = {
  authorization_code: redeemCode,
  refresh_token: refresh,
  client_credentials: clientCredentials,
  password: passwordLogin,
};

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Returns the parameters of a form, with the client's credentials from HTTP Basic where they are not in it. */
function parametersOf(request: FastifyRequest): TokenParameters {
  const { host } = request.headers;
  const body = { ...(request.query as TokenParameters), ...(request.body as TokenParameters | undefined), host };
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) return body;
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(/:(.*)/s);
  return { client_id: decodeURIComponent(id), client_secret: decodeURIComponent(secret), ...body };
}

/** Endpoints that hand out, describe and end tokens. */
export function tokenRoutes(server: FastifyInstance, context: EmulatorContext): void {
  const { pool, orgs } = context;

  server.get('/services/oauth2/token', () => {
    throw oauthError('mustPost');
  });

  server.post('/services/oauth2/token', async (request, reply) => {
    const parameters = parametersOf(request);
    const grantType = parameters['grant_type'];
    if (grantType === undefined) throw missingParameter('grant_type');
    const answer = (app: App, issued: Issued): FastifyReply =>
      reply
        .header('Cache-Control', 'no-cache, no-store')
        .type('application/json;charset=UTF-8')
        .send(tokenReply(context, app, issued));
    if (grantType === JWT_BEARER) {
      // The assertion says which app it is from.
      const issued = await redeemAssertion(context, parameters['assertion'] ?? '');
      return answer(issued.app, issued);
    }
    const flow = FLOWS[grantType];
    if (flow === undefined) throw oauthError('unsupportedGrantType');
    const app = await appOrThrow(pool, parameters['client_id']);
    if (app.blocked) throw oauthError('appBlocked');
    return answer(app, await flow(context, app, parameters));
  });

  const revoke = async (request: FastifyRequest): Promise<string> => {
    const { token } = parametersOf(request);
    if (token === undefined || token === '') throw missingParameter('token');
    if (!(await revokeToken(pool, token))) throw oauthError('invalidToken');
    return '';
  };
  server.get('/services/oauth2/revoke', revoke);
  server.post('/services/oauth2/revoke', revoke);

  server.post('/services/oauth2/introspect', async (request) => {
    const parameters = parametersOf(request);
    const app = await appOrThrow(pool, parameters['client_id']);
    assertSecret(app, parameters['client_secret']);
    const token = parameters['token'] ?? '';
    return (await introspectAccess(token, app)) ?? (await introspectRefresh(token, app)) ?? { active: false };
  });

  async function introspectAccess(token: string, app: App): Promise<object | undefined> {
    const { rows } = await pool.query('SELECT 1 FROM emulator.session WHERE access_token = $1 AND client_id = $2', [
      token,
      app.clientId,
    ]);
    const session = rows.length === 0 ? undefined : await useSession(pool, orgs, token);
    if (session === undefined) return undefined;
    const person = await findPerson(pool, session.org, session.userId);
    const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);
    return {
      active: true,
      scope: session.scope,
      client_id: app.clientId,
      username: person?.username,
      sub: identityUrl(context.url(), session.org.id, session.userId),
      token_type: 'access_token',
      exp: seconds(session.expiresAt),
      iat: seconds(session.issuedAt),
      nbf: seconds(session.issuedAt),
    };
  }

  async function introspectRefresh(token: string, app: App): Promise<object | undefined> {
    const { rows } = await pool.query<{ scope: string; org_id: string; user_id: string; created_at: Date }>(
      `SELECT g.scope, g.org_id, g.user_id, g.created_at FROM emulator.refresh_token t JOIN emulator.access_grant g ON g.id = t.grant_id
       WHERE t.token = $1 AND t.superseded_at IS NULL AND g.revoked_at IS NULL AND g.client_id = $2`,
      [token, app.clientId],
    );
    const row = rows[0];
    const org = row && orgs.get(row.org_id);
    if (row === undefined || org === undefined) return undefined;
    const person = await findPerson(pool, org, row.user_id);
    return {
      active: true,
      scope: row.scope,
      client_id: app.clientId,
      username: person?.username,
      sub: identityUrl(context.url(), org.id, row.user_id),
      token_type: 'refresh_token',
      iat: Math.floor(row.created_at.getTime() / 1000),
    };
  }
}
