import { setTimeout as delay } from 'node:timers/promises';
import { OAuth2 } from 'jsforce';
import { MooringError } from '../../domain/errors.ts';
import { trustedOrigin } from '../../domain/instance-url.ts';
import type { Identity, OAuthApp, TokenReply } from '../../domain/oauth-app.ts';
import { toId18 } from '../../domain/salesforce-ids.ts';
import { namedOAuthError, type TokenRequest } from './oauth-errors.ts';
import { sendOAuthRequest, type OAuthAnswer } from './oauth-http.ts';
import { readTokenReply } from './token-reply.ts';

/** `api` to read, `refresh_token` to go on without the person, `id` to learn who and which org it is. */
const SCOPE = 'api refresh_token id';

/** The identity URL may redirect to the org's own host, once or twice. */
const MOST_REDIRECTS = 3;
const READ_TRIES = 3;

export interface Consent {
  readonly code: string;
  readonly codeVerifier: string;
  /** Exactly as it was sent to the authorize endpoint. */
  readonly redirectUri: string;
}

export type OAuth = ReturnType<typeof createOAuth>;

const clientFields = ({ clientId, clientSecret }: OAuthApp): Record<string, string> =>
  clientSecret === undefined ? { client_id: clientId } : { client_id: clientId, client_secret: clientSecret };

async function requestToken(
  app: OAuthApp,
  form: Record<string, string>,
  kind: TokenRequest,
  doing: string,
): Promise<TokenReply> {
  const url = `${app.loginUrl}/services/oauth2/token`;
  const answer = await sendOAuthRequest({ method: 'POST', url, form: { ...form, ...clientFields(app) } }, doing);
  if (answer.status !== 200) throw namedOAuthError(answer, kind, doing);
  return readTokenReply(answer.text, app, doing);
}

/** A GET changes nothing, so a stumble right after a single-use code was spent need not cost the person another consent. */
async function read(app: OAuthApp, url: string, accessToken: string, doing: string): Promise<OAuthAnswer> {
  let target = url;
  let redirects = 0;
  for (let attempt = 1; ;) {
    const origin = trustedOrigin(target, app.loginUrl);
    if (origin === undefined || redirects > MOST_REDIRECTS) {
      throw new MooringError(
        'SF_REPLY_UNTRUSTED',
        `${doing} was sent on to a host that is not Salesforce's. The token was not sent there.`,
      );
    }
    let answer: OAuthAnswer | undefined;
    try {
      answer = await sendOAuthRequest({ method: 'GET', url: target, accessToken }, doing);
    } catch (error) {
      if (attempt >= READ_TRIES) throw error;
    }
    if (answer?.location !== undefined && answer.status >= 300 && answer.status < 400) {
      target = new URL(answer.location, target).href;
      redirects += 1;
      continue;
    }
    if (answer !== undefined && (answer.status < 500 || attempt >= READ_TRIES)) return answer;
    attempt += 1;
    await delay(250 * attempt);
  }
}

function parseObject(json: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(json);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Salesforce's OAuth web server flow with PKCE. Holds no state: what belongs to an attempt is passed in. */
export const createOAuth = () => ({
  /**
   * Returns the address of Salesforce's login and consent pages.
   *
   * jsforce builds it, with our own verifier: the one it would make has 171 characters where PKCE allows 128. A fresh OAuth2 object
   * each time, because it adds its verifier to whatever it sends later.
   */
  authorizationUrl(
    app: OAuthApp,
    { state, codeVerifier, redirectUri }: { state: string; codeVerifier: string; redirectUri: string },
  ): string {
    const oauth2 = new OAuth2({ loginUrl: app.loginUrl, clientId: app.clientId, redirectUri });
    oauth2.codeVerifier = codeVerifier;
    return oauth2.getAuthorizationUrl({ scope: SCOPE, state, code_challenge_method: 'S256', prompt: 'login consent' });
  },

  /** Exchanges a code, once. @throws SF_CONSENT_REFUSED, SF_CLIENT_REFUSED, SF_ANSWER_LOST, SF_UNREACHABLE and the like */
  exchangeCode: (app: OAuthApp, { code, codeVerifier, redirectUri }: Consent): Promise<TokenReply> =>
    requestToken(
      app,
      { grant_type: 'authorization_code', code, code_verifier: codeVerifier, redirect_uri: redirectUri },
      'exchange',
      'Exchanging the consent for a grant',
    ),

  /**
   * Asks for a new access token, once. The reply carries a new refresh token when the app rotates them; the old one is dead then.
   *
   * @param orgId - the binding; a reply for another org is refused
   * @throws SF_GRANT_LOST when the refresh token is refused
   */
  async refresh(app: OAuthApp, refreshToken: string, orgId: string): Promise<TokenReply> {
    const doing = 'Refreshing the access token';
    const reply = await requestToken(
      app,
      { grant_type: 'refresh_token', refresh_token: refreshToken },
      'refresh',
      doing,
    );
    if (reply.orgId === orgId) return reply;
    throw new MooringError(
      'SF_REPLY_UNTRUSTED',
      `${doing} of org "${orgId}" brought a token of org "${reply.orgId}", which was not used.`,
    );
  },

  /** Revokes a refresh token and its access tokens. A token that is dead already is fine. */
  async revoke(app: OAuthApp, token: string): Promise<void> {
    const doing = 'Revoking a grant';
    const url = `${app.loginUrl}/services/oauth2/revoke`;
    const answer = await sendOAuthRequest({ method: 'POST', url, form: { token } }, doing);
    if (answer.status === 200 || /invalid_token|invalid_grant|unsupported_token_type/.test(answer.text)) return;
    throw namedOAuthError(answer, 'revoke', doing);
  },

  /**
   * Asks the identity endpoint whose token it is, and compares its org and user with those of the token reply.
   *
   * @throws SF_FORBIDDEN when it does not say, SF_REPLY_UNTRUSTED when it says something else
   */
  async identity(app: OAuthApp, { identityUrl, accessToken, orgId, userId }: TokenReply): Promise<Identity> {
    const doing = 'Asking Salesforce who authorized';
    const answer = await read(app, identityUrl, accessToken, doing);
    if (answer.status >= 500)
      throw new MooringError('SF_SERVER_ERROR', `${doing} failed at Salesforce (HTTP ${answer.status}).`);
    const body = answer.status === 200 ? parseObject(answer.text) : {};
    const { organization_id: org, user_id: user, username, display_name: userName } = body;
    if (typeof org !== 'string' || typeof user !== 'string' || typeof username !== 'string') {
      throw new MooringError(
        'SF_FORBIDDEN',
        `${doing} was refused (HTTP ${answer.status}). Allow the scope "id" for the app.`,
      );
    }
    if (toId18(org) !== orgId || toId18(user) !== userId) {
      throw new MooringError(
        'SF_REPLY_UNTRUSTED',
        `${doing} named another org or user than the token did. The grant was not used.`,
      );
    }
    return { orgId, userId, username, userName: typeof userName === 'string' ? userName : username };
  },

  /** Returns the org's name, or `undefined` when the user may not read it: it is for people to see, nothing depends on it. */
  async organizationName(
    app: OAuthApp,
    { instanceUrl, accessToken }: TokenReply,
    apiVersion: string,
  ): Promise<string | undefined> {
    const soql = encodeURIComponent('SELECT Name FROM Organization LIMIT 1');
    const url = `${instanceUrl}/services/data/v${apiVersion}/query?q=${soql}`;
    let answer: OAuthAnswer;
    try {
      answer = await read(app, url, accessToken, 'Asking for the name of the org');
    } catch {
      return undefined;
    }
    const { records } = answer.status === 200 ? parseObject(answer.text) : {};
    const [organization] = Array.isArray(records) ? (records as unknown[]) : [];
    const name: unknown =
      typeof organization === 'object' && organization !== null && 'Name' in organization
        ? organization.Name
        : undefined;
    return typeof name === 'string' ? name : undefined;
  },
});
