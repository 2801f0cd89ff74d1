import type { Pool } from 'pg';
import { timingSafeEqual } from 'node:crypto';
import { oauthError } from '../error-strings.ts';

/** A connected app as stored. */
export interface App {
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly redirectUris: readonly string[];
  readonly pkceRequired: boolean;
  readonly rotation: boolean;
  readonly scopes: readonly string[];
  readonly orgId: string;
  readonly clientCredentialsUser: string | null;
  readonly blocked: boolean;
  readonly certificate: string | null;
  readonly preAuthorized: boolean;
}

/** @throws OAuthError invalid_client_id */
export async function appOrThrow(pool: Pool, clientId: string | undefined): Promise<App> {
  const { rows } = await pool.query<App>(
    `SELECT client_id AS "clientId", client_secret AS "clientSecret", redirect_uris AS "redirectUris", pkce_required AS "pkceRequired",
       rotation, scopes, org_id AS "orgId", client_credentials_user AS "clientCredentialsUser", blocked,
       certificate, pre_authorized AS "preAuthorized"
     FROM emulator.app WHERE client_id = $1`,
    [clientId ?? ''],
  );
  const app = rows[0];
  if (app === undefined) throw oauthError('invalidClientId');
  return app;
}

/** @throws OAuthError invalid_client when the secret is wrong or missing; a public client has none to give. */
export function assertSecret(app: App, secret: string | undefined): void {
  if (app.clientSecret === null) {
    if (secret !== undefined && secret !== '') throw oauthError('invalidClient');
    return;
  }
  const [given, right] = [Buffer.from(secret ?? ''), Buffer.from(app.clientSecret)];
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw oauthError('invalidClient');
}

/** Returns the scopes asked for, in the form stored: all of the app's when none are. @throws OAuthError invalid_scope */
export function grantedScope(app: App, asked: string | undefined): string {
  const wanted = (asked ?? '').split(/\s+/).filter((scope) => scope !== '');
  if (wanted.length === 0) return app.scopes.filter((scope) => scope !== 'offline_access').join(' ');
  if (wanted.some((scope) => !app.scopes.includes(scope))) throw oauthError('invalidScope');
  return wanted.join(' ');
}

export const mayRefresh = (scope: string): boolean => /(^| )(refresh_token|offline_access|full)( |$)/.test(scope);

/** Lets an app return to one more address. Safe to repeat. @throws OAuthError invalid_client_id */
export async function addRedirectUri(pool: Pool, clientId: string, redirectUri: string): Promise<void> {
  const { rowCount } = await pool.query(
    `UPDATE emulator.app SET redirect_uris = CASE WHEN $2 = ANY(redirect_uris) THEN redirect_uris ELSE redirect_uris || $2 END
     WHERE client_id = $1`,
    [clientId, redirectUri],
  );
  if (rowCount === 0) throw oauthError('invalidClientId');
}
