import type { FastifyBaseLogger } from 'fastify';
import { createApiTokens } from '../adapters/postgres/api-tokens.ts';
import { createAttempts } from '../adapters/postgres/attempts.ts';
import type { Pool } from '../adapters/postgres/pool.ts';
import { createResolveCompany } from '../adapters/postgres/resolve-company.ts';
import { createOAuth } from '../adapters/salesforce/oauth.ts';
import type { Keyring } from '../adapters/secrets/keyring.ts';
import { resolveOAuthApp } from '../adapters/secrets/resolve-oauth-app.ts';
import { readCodecKeys } from '../adapters/temporal/codec-keys.ts';
import { createPayloadCodec } from '../adapters/temporal/payload-codec.ts';
import type { Client } from '@temporalio/client';
import type { MooringClient } from '../client.ts';
import { createServer } from '../server/create-server.ts';
import { listen } from '../server/listen.ts';
import { createWidgetPorts } from './widget-ports.ts';

export interface StartServerOptions {
  readonly pool: Pool;
  readonly client: Client;
  readonly mooring: MooringClient;
  readonly keyring: Keyring;
  readonly logger: FastifyBaseLogger;
  readonly port: number;
  readonly host?: string;
  /** Where browsers reach it; the listening address when absent. */
  readonly baseUrl?: string;
  /** Lets Web UIs of these origins read encrypted payloads; absent while there are none. */
  readonly codec?: { readonly key: string; readonly uiOrigins: readonly string[] };
}

/** Starts the HTTP server and returns where browsers reach it. */
export async function startServer(
  options: StartServerOptions,
): Promise<{ readonly baseUrl: string; readonly stop: () => Promise<void> }> {
  const { pool, client, mooring, keyring, logger, port, host } = options;
  const oauth = createOAuth();
  const apiTokens = createApiTokens(pool);
  const authenticate = (token: string) => apiTokens.authenticate(token);
  const baseUrl = options.baseUrl ?? `http://${host ?? '127.0.0.1'}:${port}`;
  const server = await createServer({
    logger,
    baseUrl,
    attempts: createAttempts({ pool, keyring }),
    authorizationUrl: async (connection, salesforce, attempt) =>
      oauth.authorizationUrl(await resolveOAuthApp(connection, salesforce), attempt),
    signalConsent: mooring.signalConsent,
    api: { authenticate, resolveCompany: createResolveCompany(pool) },
    widget: createWidgetPorts(pool),
    ...(options.codec === undefined ? {} : { codec: { ...codecOf(options.codec), authenticate } }),
    checks: {
      postgres: () => pool.query('SELECT 1'),
      temporal: () => client.connection.ensureConnected(),
    },
  });
  await listen(server, { port, ...(host === undefined ? {} : { host }) });
  return { baseUrl, stop: () => server.close() };
}

const codecOf = ({ key, uiOrigins }: { readonly key: string; readonly uiOrigins: readonly string[] }) => ({
  codec: createPayloadCodec(readCodecKeys(key)),
  uiOrigins,
});
