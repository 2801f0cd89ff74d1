import { randomBytes } from 'node:crypto';
import { createAuthorizationActivities, type AuthorizationPorts } from '../activities/authorization.ts';
import { createAttempts } from '../adapters/postgres/attempts.ts';
import { createConnections } from '../adapters/postgres/connections.ts';
import { createExchanges } from '../adapters/postgres/exchanges.ts';
import { migrate } from '../adapters/postgres/migrate.ts';
import { createNotifications } from '../adapters/postgres/notifications.ts';
import { createPool } from '../adapters/postgres/pool.ts';
import { createRevocations } from '../adapters/postgres/revocations.ts';
import { createOAuth } from '../adapters/salesforce/oauth.ts';
import { createKeyring, type Keyring } from '../adapters/secrets/keyring.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import type { ConsentOutcome } from '../domain/consent.ts';
import type { OAuthApp } from '../domain/oauth-app.ts';
import type { FakeSalesforce } from './fake-salesforce.ts';
import { createTestDatabase, prepareTemplate } from './support/database.ts';
import { whenTestsEnd } from './support/when-tests-end.ts';

export const specOf = (name: string, loginUrl: string): ConnectionSpec => ({
  name,
  salesforce: {
    loginUrl,
    clientId: { env: 'ACME_CLIENT_ID' },
    clientSecret: { env: 'ACME_SECRET' },
    apiVersion: '62.0',
  },
  schema: 'model',
  companyResolution: [],
  notify: { success: [], failure: [] },
  jobs: [],
  chains: [],
});

/** A migrated database, and everything that keeps grants in it. Gone when the file's tests are over. */
export async function createVault(
  app: OAuthApp,
  keyring: Keyring = createKeyring(`k1:${randomBytes(32).toString('base64')}`),
) {
  const template = await prepareTemplate('vault', async (url) => {
    const pool = createPool(url);
    await migrate(pool);
    await pool.end();
  });
  const database = await createTestDatabase({ template });
  const pool = createPool(database.url, { max: 20 });
  const vault = { pool, keyring };
  const ports = {
    connections: createConnections(pool),
    attempts: createAttempts(vault),
    exchanges: createExchanges(vault),
    revocations: createRevocations(vault),
    notifications: createNotifications(pool),
    oauth: createOAuth(),
    resolveApp: async () => app,
  } satisfies AuthorizationPorts;
  whenTestsEnd(async () => {
    await pool.end();
    await database.drop();
  });
  return { pool, keyring, ports, activities: createAuthorizationActivities(ports), url: database.url };
}

export type Vault = Awaited<ReturnType<typeof createVault>>;

/** Opens an attempt and consents, without a browser; returns the attempt whose code now waits to be exchanged. */
export async function consent(vault: Vault, salesforce: FakeSalesforce, name: string, orgId?: string): Promise<string> {
  const { attempts, oauth } = vault.ports;
  const { ticket } = await attempts.createTicket(name, 'test');
  const redirectUri = 'http://127.0.0.1:1/oauth/callback';
  const opened = await attempts.open({ connection: name, ticket, redirectUri });
  if (opened === undefined) throw new Error('the ticket was refused');
  const url = oauth.authorizationUrl(salesforce.app, { ...opened, redirectUri });
  const { code, state } = salesforce.consent(url, orgId);
  await attempts.receive(state, () => opened.browserSecret, { code });
  return opened.attemptId;
}

/** Declares a connection and authorizes it. */
export async function authorize(
  vault: Vault,
  salesforce: FakeSalesforce,
  name: string,
  orgId?: string,
): Promise<ConsentOutcome> {
  await vault.ports.connections.save(specOf(name, salesforce.loginUrl), 'test');
  const attemptId = await consent(vault, salesforce, name, orgId);
  return vault.activities.exchangeConsent({ connection: name, attemptId });
}

export async function connectionIdOf(vault: Vault, name: string): Promise<string> {
  return (await vault.ports.connections.findOrThrow(name)).connectionId;
}
