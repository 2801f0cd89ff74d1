import type { FastifyInstance } from 'fastify';
import { OAuthError } from '../api-error.ts';
import type { EmulatorContext } from '../context.ts';
import { oauthError } from '../error-strings.ts';
import { appOrThrow, grantedScope, type App } from './apps.ts';
import { hasApproved } from './grants.ts';
import { roleOfHost } from './login-host.ts';
import { consentPage, errorPage, loginPage } from './pages.ts';
import { SESSION_COOKIE, sendHtml, visitorOf } from '../pages/browser-session.ts';
import { logIn, orgNow, type Person } from './people.ts';
import { newCode, newCookie } from './random-token.ts';

type Parameters = Readonly<Record<string, string | undefined>>;

/** An authorization request that may be answered by redirecting to its client. */
interface Trusted {
  readonly app: App;
  readonly redirectUri: string;
  readonly parameters: Parameters;
}

/** @throws OAuthError that must be shown to the person, since the client or its address is not to be trusted */
async function trust({ pool }: EmulatorContext, parameters: Parameters): Promise<Trusted> {
  const app = await appOrThrow(pool, parameters['client_id']);
  const redirectUri = parameters['redirect_uri'] ?? '';
  if (!app.redirectUris.includes(redirectUri)) throw oauthError('redirectMismatch');
  return { app, redirectUri, parameters };
}

/** @throws OAuthError that goes back to the client */
function assertRequest({ app, parameters }: Trusted): string {
  if (app.blocked) throw oauthError('appBlocked');
  if (parameters['response_type'] !== 'code') throw oauthError('unsupportedResponseType');
  const challenge = parameters['code_challenge'];
  if (app.pkceRequired && challenge === undefined) throw oauthError('missingChallenge');
  if (challenge !== undefined && (parameters['code_challenge_method'] ?? 'S256') !== 'S256') {
    throw oauthError('invalidChallengeMethod');
  }
  return grantedScope(app, parameters['scope']);
}

/** Appends to the address as an org does: spaces as `+`, the state echoed. */
function redirectTarget({ redirectUri, parameters }: Trusted, answer: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(answer);
  if (parameters['state'] !== undefined) query.set('state', parameters['state']);
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query.toString()}`;
}

const refusal = (trusted: Trusted, error: OAuthError): string =>
  redirectTarget(trusted, { error: error.error, error_description: error.message });

async function issueCode({ pool }: EmulatorContext, trusted: Trusted, person: Person, scope: string): Promise<string> {
  const code = newCode();
  await pool.query(
    `INSERT INTO emulator.auth_code (code, client_id, org_id, user_id, redirect_uri, scope, nonce, code_challenge, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      code,
      trusted.app.clientId,
      person.org.id,
      person.userId,
      trusted.redirectUri,
      scope,
      trusted.parameters['nonce'] ?? null,
      trusted.parameters['code_challenge'] ?? null,
      await orgNow(pool, person.org),
    ],
  );
  return redirectTarget(trusted, { code });
}

/** Only paths of this server: a form or a link must not send people elsewhere. Browsers read a backslash as a slash. */
const ownPath = (next: string): string => (/^\/(?![/\\])/.test(next) ? next : '/');

/** The browser's half of OAuth: log in, be asked, go back to the app with a code or a refusal. */
export function authorizeRoutes(server: FastifyInstance, context: EmulatorContext): void {
  const { pool, orgs } = context;
  server.get('/services/oauth2/authorize', async (request, reply) => {
    const parameters = request.query as Parameters;
    let trusted: Trusted;
    try {
      trusted = await trust(context, parameters);
    } catch (error) {
      if (error instanceof OAuthError) return sendHtml(reply, error.status, errorPage(error.error, error.message));
      throw error;
    }
    try {
      const scope = assertRequest(trusted);
      const prompts = (parameters['prompt'] ?? '').split(' ');
      const silent = prompts.includes('none') || parameters['immediate'] === 'true';
      const person = prompts.includes('login') ? undefined : await visitorOf(context, request);
      if (person === undefined) {
        if (silent) throw oauthError('immediateUnsuccessful');
        const next = new URL(request.url, 'http://emulator');
        // Once logged in, nobody is asked to log in again.
        next.searchParams.set('prompt', prompts.filter((prompt) => prompt !== 'login').join(' '));
        return await sendHtml(
          reply,
          200,
          loginPage(`${next.pathname}${next.search}`, { username: parameters['login_hint'] ?? '' }),
        );
      }
      const owner = { clientId: trusted.app.clientId, org: person.org, userId: person.userId, scope };
      const approved = !prompts.includes('consent') && (await hasApproved(pool, owner));
      if (approved) return await reply.redirect(await issueCode(context, trusted, person, scope), 302);
      if (silent) throw oauthError('immediateUnsuccessful');
      const query = request.url.split('?')[1] ?? '';
      return await sendHtml(
        reply,
        200,
        consentPage(trusted.app.clientId, person.username, person.org.name, scope.split(' '), query),
      );
    } catch (error) {
      if (error instanceof OAuthError) return reply.redirect(refusal(trusted, error), 302);
      throw error;
    }
  });

  server.post('/login', async (request, reply) => {
    const { username = '', password = '', next = '/' } = (request.body ?? {}) as Parameters;
    const target = ownPath(next);
    const person = await logIn(pool, orgs, { username, password, host: roleOfHost(request.headers.host) });
    if (person === undefined) return sendHtml(reply, 200, loginPage(target, { username, failed: true }));
    const cookie = newCookie();
    await pool.query('INSERT INTO emulator.browser_session (cookie, org_id, user_id) VALUES ($1, $2, $3)', [
      cookie,
      person.org.id,
      person.userId,
    ]);
    return reply
      .setCookie(SESSION_COOKIE, cookie, { path: '/', httpOnly: true, sameSite: 'lax' })
      .redirect(target, 302);
  });

  server.post('/services/oauth2/approve', async (request, reply) => {
    const body = (request.body ?? {}) as Parameters;
    const parameters: Parameters = Object.fromEntries(new URLSearchParams(body['request'] ?? ''));
    let trusted: Trusted | undefined;
    try {
      trusted = await trust(context, parameters);
      const person = await visitorOf(context, request);
      if (person === undefined)
        return await sendHtml(reply, 200, loginPage(`/services/oauth2/authorize?${body['request'] ?? ''}`));
      const scope = assertRequest(trusted);
      if (body['decision'] !== 'allow') throw oauthError('accessDenied');
      return await reply.redirect(await issueCode(context, trusted, person, scope), 302);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      if (trusted === undefined) return sendHtml(reply, error.status, errorPage(error.error, error.message));
      return reply.redirect(refusal(trusted, error), 302);
    }
  });

  server.get('/secur/logout.jsp', async (request, reply) => {
    await pool.query('DELETE FROM emulator.browser_session WHERE cookie = $1', [request.cookies[SESSION_COOKIE] ?? '']);
    const next = ownPath((request.query as Parameters)['next'] ?? '/');
    return reply.clearCookie(SESSION_COOKIE, { path: '/' }).redirect(next, 302);
  });
}
