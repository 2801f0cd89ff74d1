import { createHash } from 'node:crypto';
import type { EmulatorContext } from '../context.ts';
import { missingParameter, oauthError } from '../error-strings.ts';
import { addRefreshToken, createGrant, openSession, revokeGrant, type GrantOwner, type Session } from './grants.ts';
import { roleOfHost } from './login-host.ts';
import { findPerson, logIn, orgNow } from './people.ts';
import { assertSecret, mayRefresh, type App } from './apps.ts';

/** Fields of the request's form, and as `host` its `Host` header: some flows work at a My Domain alone. */
export type TokenParameters = Readonly<Record<string, string | undefined>>;

/** What a flow ends in; the reply is made of it. */
export interface Issued {
  readonly owner: GrantOwner;
  readonly session: Session;
  readonly refreshToken?: string;
  readonly nonce?: string;
}

/** Life of an authorization code. */
const CODE_LIFE_MS = 15 * 60_000;

function required(parameters: TokenParameters, name: string): string {
  const value = parameters[name];
  if (value === undefined || value === '') throw missingParameter(name);
  return value;
}

/** @throws OAuthError when the org does not let the user in any more */
export async function assertUsable(context: EmulatorContext, owner: Omit<GrantOwner, 'scope'>): Promise<void> {
  if (owner.org.isLocked) throw oauthError('inactiveOrg');
  const person = await findPerson(context.pool, owner.org, owner.userId);
  if (person === undefined || person.isFrozen) throw oauthError('authenticationFailure');
  if (!person.isActive) throw oauthError('inactiveUser');
}

interface StoredCode {
  readonly client_id: string;
  readonly org_id: string;
  readonly user_id: string;
  readonly redirect_uri: string;
  readonly scope: string;
  readonly nonce: string | null;
  readonly code_challenge: string | null;
  readonly created_at: Date;
}

/** grant_type=authorization_code. The code is spent by the first try, right or wrong. */
export async function redeemCode(context: EmulatorContext, app: App, parameters: TokenParameters): Promise<Issued> {
  const { pool, orgs } = context;
  const code = required(parameters, 'code');
  const redirectUri = required(parameters, 'redirect_uri');
  assertSecret(app, parameters['client_secret']);

  const known = await pool.query('SELECT 1 FROM emulator.auth_code WHERE code = $1 AND client_id = $2', [
    code,
    app.clientId,
  ]);
  if (known.rowCount === 0) throw oauthError('invalidCode');
  const { rows } = await pool.query<StoredCode>(
    'UPDATE emulator.auth_code SET used_at = now() WHERE code = $1 AND used_at IS NULL RETURNING *',
    [code],
  );
  const stored = rows[0];
  const org = stored && orgs.get(stored.org_id);
  if (stored === undefined || org === undefined) throw oauthError('expiredCode');
  if ((await orgNow(pool, org)).getTime() - stored.created_at.getTime() > CODE_LIFE_MS) throw oauthError('expiredCode');
  if (stored.redirect_uri !== redirectUri) throw oauthError('redirectMismatch');
  if (stored.code_challenge !== null) {
    const verifier = parameters['code_verifier'] ?? '';
    if (createHash('sha256').update(verifier).digest('base64url') !== stored.code_challenge)
      throw oauthError('invalidVerifier');
  }

  const owner: GrantOwner = { clientId: app.clientId, org, userId: stored.user_id, scope: stored.scope };
  await assertUsable(context, owner);
  const nonce = stored.nonce === null ? {} : { nonce: stored.nonce };
  if (!mayRefresh(owner.scope)) return { owner, session: await openSession(pool, owner, null), ...nonce };
  const { grantId, refreshToken } = await createGrant(pool, owner);
  return { owner, session: await openSession(pool, owner, grantId), refreshToken, ...nonce };
}

interface StoredRefreshToken {
  readonly grant_id: string;
  readonly org_id: string;
  readonly user_id: string;
  readonly scope: string;
  readonly superseded_at: Date | null;
  readonly revoked_at: Date | null;
}

/** grant_type=refresh_token. With rotation the old token dies; using it again ends the whole grant. */
export async function refresh(context: EmulatorContext, app: App, parameters: TokenParameters): Promise<Issued> {
  const { pool, orgs } = context;
  const token = required(parameters, 'refresh_token');
  // A confidential client must give its secret; a public one has none.
  assertSecret(app, parameters['client_secret']);
  const { rows } = await pool.query<StoredRefreshToken>(
    `SELECT t.grant_id, g.org_id, g.user_id, g.scope, t.superseded_at, g.revoked_at
     FROM emulator.refresh_token t JOIN emulator.access_grant g ON g.id = t.grant_id WHERE t.token = $1 AND g.client_id = $2`,
    [token, app.clientId],
  );
  const stored = rows[0];
  const org = stored && orgs.get(stored.org_id);
  if (stored === undefined || org === undefined || stored.revoked_at !== null) throw oauthError('expiredToken');
  const owner: GrantOwner = { clientId: app.clientId, org, userId: stored.user_id, scope: stored.scope };
  await assertUsable(context, owner);
  if (!app.rotation && stored.superseded_at === null) {
    return { owner, session: await openSession(pool, owner, stored.grant_id) };
  }
  // Of two refreshes at the same moment only one may win, hence the condition in the update.
  const spent = await pool.query(
    'UPDATE emulator.refresh_token SET superseded_at = now() WHERE token = $1 AND superseded_at IS NULL',
    [token],
  );
  if (spent.rowCount === 0) {
    await revokeGrant(pool, stored.grant_id);
    throw oauthError('expiredToken');
  }
  const refreshToken = await addRefreshToken(pool, stored.grant_id);
  return { owner, session: await openSession(pool, owner, stored.grant_id), refreshToken };
}

/** grant_type=password: an old flow that an org can block. */
export async function passwordLogin(context: EmulatorContext, app: App, parameters: TokenParameters): Promise<Issued> {
  const { pool, orgs } = context;
  const username = required(parameters, 'username');
  const password = required(parameters, 'password');
  assertSecret(app, parameters['client_secret']);
  const person = await logIn(pool, orgs, { username, password, host: roleOfHost(parameters['host']) });
  if (person === undefined || person.org.passwordFlowBlocked) throw oauthError('authenticationFailure');
  const scope = app.scopes.filter((one) => one !== 'refresh_token' && one !== 'offline_access').join(' ');
  const owner: GrantOwner = { clientId: app.clientId, org: person.org, userId: person.userId, scope };
  await assertUsable(context, owner);
  return { owner, session: await openSession(pool, owner, null) };
}

/** grant_type=client_credentials: the app acts as the user that its org set for it. Never a refresh token. */
export async function clientCredentials(
  context: EmulatorContext,
  app: App,
  parameters: TokenParameters,
): Promise<Issued> {
  const { pool, orgs } = context;
  const { kind } = roleOfHost(parameters['host']);
  if (kind === 'production' || kind === 'sandbox') throw oauthError('wrongDomain');
  if (app.clientSecret === null) throw oauthError('invalidClient');
  assertSecret(app, parameters['client_secret']);
  const org = orgs.get(app.orgId);
  const { rows } = await pool.query<{ user_id: string }>(
    'SELECT user_id FROM emulator.login WHERE username = lower($1) AND org_id = $2',
    [app.clientCredentialsUser ?? '', app.orgId],
  );
  if (org === undefined || rows[0] === undefined) throw oauthError('noClientCredentialsUser');
  const owner: GrantOwner = {
    clientId: app.clientId,
    org,
    userId: rows[0].user_id,
    scope: app.scopes.filter((scope) => scope !== 'refresh_token' && scope !== 'offline_access').join(' '),
  };
  await assertUsable(context, owner);
  return { owner, session: await openSession(pool, owner, null) };
}
