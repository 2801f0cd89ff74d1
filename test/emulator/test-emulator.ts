import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool, types } from 'pg';
import type { Emulator, EmulatedOrg, EmulatorOptions } from '../../emulator/contract.ts';
import { startEmulator } from '../../emulator/start.ts';
import { createTestDatabase } from '../support/database.ts';
import { once, whenTestsEnd } from '../support/when-tests-end.ts';
import { giveConsent } from './consent.ts';

// Dates stay text: a day has no time zone.
types.setTypeParser(types.builtins.DATE, (text) => text);

export const APP = { clientId: 'test-app', clientSecret: 'test-secret', redirectUris: ['http://127.0.0.1:9/callback'] };
export const REDIRECT = APP.redirectUris[0] ?? '';

export interface TestEmulator {
  readonly emulator: Emulator;
  readonly org: EmulatedOrg;
  /** Sessions on the emulator's database, for reading and changing the truth. */
  readonly pool: Pool;
  /** An access token of the org's administrator. */
  readonly token: string;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  readonly send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>;
  /** Calls a control route. */
  readonly control: (method: string, path: string, body?: unknown) => Promise<unknown>;
}

/** Exchanges a fresh consent for tokens. */
export async function newTokens(emulator: Emulator, scope = 'api refresh_token id'): Promise<Record<string, string>> {
  const user = emulator.orgs[0]?.users[0];
  if (user === undefined) throw new Error('The emulator has no user.');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: APP.clientId,
    redirect_uri: REDIRECT,
    scope,
    prompt: 'consent',
  });
  const back = await giveConsent(`${emulator.url}/services/oauth2/authorize?${query.toString()}`, user);
  const response = await fetch(`${emulator.url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: REDIRECT,
      client_id: APP.clientId,
      client_secret: APP.clientSecret,
    }),
  });
  return (await response.json()) as Record<string, string>;
}

/** Starts an emulator on a database of its own with one org, `acme`, whose sizes are small. */
export async function startTestEmulator(options: Partial<EmulatorOptions> = {}): Promise<TestEmulator> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'emulator-'));
  const sizes = { users: 30, accounts: 600, contacts: 700, relationships: 200, opportunities: 200, cases: 100 };
  const unexpected: unknown[] = [];
  const emulator = await startEmulator({
    onUnexpected: (error) => unexpected.push(error),
    databaseUrl: database.url,
    dataDir,
    orgs: [{ name: 'acme', sizes, apps: [APP] }],
    ...options,
  });
  const pool = new Pool({ connectionString: database.url });
  // Dropping the database may overtake the end of a session.
  pool.on('error', () => undefined);
  whenTestsEnd(async () => {
    await emulator.stop();
    await pool.end();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
    // What the emulator did not foresee is a bug of its own.
    assert.deepEqual(unexpected, []);
  });
  const [org] = emulator.orgs;
  if (org === undefined) throw new Error('The emulator has no org.');
  const { access_token: token = '' } = await newTokens(emulator);
  const send: TestEmulator['send'] = (method, path, body, headers = {}) =>
    fetch(emulator.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    emulator,
    org,
    pool,
    token,
    get: (path, headers) => send('GET', path, undefined, headers),
    send,
    control: async (method, path, body) => {
      const response = await send(method, `/__emulator${path}`, body);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path} was refused: ${text}`);
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    },
  };
}

/** One emulator for all tests of a file that only read. */
export const sharedEmulator = once(() => startTestEmulator());
