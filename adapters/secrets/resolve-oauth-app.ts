import type { SalesforceSpec } from '../../domain/connection-spec.ts';
import type { OAuthApp } from '../../domain/oauth-app.ts';
import { MooringError } from '../../domain/errors.ts';
import { trustedOrigin } from '../../domain/instance-url.ts';
import { resolveSecret } from './resolve-secret.ts';

/**
 * Returns the app that a connection authorizes with, its references resolved.
 *
 * @throws SECRET_MISSING when a reference points to nothing, CONFIG_INVALID when a referenced login URL is no origin
 */
export async function resolveOAuthApp(connection: string, salesforce: SalesforceSpec): Promise<OAuthApp> {
  const of = (what: string): string => `The ${what} of connection "${connection}"`;
  const loginUrl =
    typeof salesforce.loginUrl === 'string'
      ? salesforce.loginUrl
      : await resolveSecret(salesforce.loginUrl, of('login URL'));
  const clientId = await resolveSecret(salesforce.clientId, of('client id'));
  const app = { loginUrl: toOrigin(loginUrl, connection), clientId };
  if (salesforce.clientSecret === undefined) return app;
  return { ...app, clientSecret: await resolveSecret(salesforce.clientSecret, of('client secret')) };
}

/** Plain http is for loopback only: the client secret and every token travel there. */
function toOrigin(loginUrl: string, connection: string): string {
  const origin = trustedOrigin(loginUrl, loginUrl);
  if (origin === undefined || !['/', ''].includes(loginUrl.slice(origin.length))) {
    throw new MooringError(
      'CONFIG_INVALID',
      `The login URL of connection "${connection}" is "${loginUrl}"; expected an https origin such as https://login.salesforce.com or https://acme.my.salesforce.com, or http on loopback.`,
    );
  }
  return origin;
}
