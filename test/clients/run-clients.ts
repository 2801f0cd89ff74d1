import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppOptions } from '../../emulator/contract.ts';
import { startEmulator } from '../../emulator/start.ts';
import type { ClientSetup } from './client-setup.ts';
import { outcomesOf, type ClientReport } from './outcome.ts';
import { startTruthServer } from './truth-server.ts';

/** Longest run of one client; 120,000 rows through three APIs take minutes. */
const CLIENT_TIMEOUT_MS = 60 * 60_000;

const REDIRECT = 'http://127.0.0.1:9/callback';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const app = (clientId: string, more: Partial<AppOptions> = {}): AppOptions => ({
  clientId,
  clientSecret: `secret of ${clientId}`,
  redirectUris: [REDIRECT],
  certificate: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  preAuthorized: true,
  ...more,
});

const USER = { username: 'ann@acme.example', password: 'p&ss<w"rd>', securityToken: 'TOKEN' };
const SANDBOX_USER = { username: 'ann@acme.example.dev', password: 'sandbox', securityToken: 'SAND' };

/** A client in a process of its own, which prints an {@link Outcome} for each scenario. */
export interface Client {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

interface RunClients {
  /** A database for one client's emulator. */
  readonly createDatabase: () => Promise<string>;
  readonly rows: number;
}

function runProcess(
  { command: [program, ...args] }: Client,
  setup: ClientSetup,
  signal: AbortSignal,
): Promise<Omit<ClientReport, 'client'>> {
  const child = spawn(program, args, {
    env: { ...process.env, CLIENT_SETUP: JSON.stringify(setup), NODE_NO_WARNINGS: '1', PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: CLIENT_TIMEOUT_MS,
  });
  signal.addEventListener('abort', () => child.kill());
  let [printed, complaints] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (status) => done({ outcomes: outcomesOf(printed), status: status ?? 1, complaints }));
  });
}

/** Runs a client's scenarios against an emulator of their own: what one client writes, no other one sees. */
export async function runClient(client: Client, { createDatabase, rows }: RunClients): Promise<ClientReport> {
  const dataDir = await mkdtemp(join(tmpdir(), 'clients-'));
  const databaseUrl = await createDatabase();
  const few = {
    users: 10,
    contacts: 50,
    relationships: 10,
    opportunities: 40,
    cases: 10,
    leads: 10,
    tasks: 20,
    events: 10,
  };
  const pageRows = Math.ceil(rows / 3);
  const unexpected: unknown[] = [];
  const surprised = new AbortController();
  const emulator = await startEmulator({
    databaseUrl,
    dataDir,
    onUnexpected: (error) => {
      unexpected.push(error);
      surprised.abort(); // a client could wait for a day for what will never end
    },
    bulk: { pageRows },
    orgs: [
      {
        name: 'acme',
        // Some of the generated ones lie in the bin.
        sizes: { ...few, accounts: Math.ceil(rows * 1.1) },
        users: [USER],
        dailyApiLimit: 1_000_000,
        apps: [app('client-app', { clientCredentialsUser: USER.username }), app('rotating-app', { rotation: true })],
      },
      { name: 'acme--dev', sizes: { ...few, accounts: 20 }, isSandbox: true, users: [SANDBOX_USER], apps: [] },
    ],
  });
  try {
    const [org] = emulator.orgs;
    const user = org?.users[0];
    if (org === undefined || user === undefined) throw new Error('The emulator has no org or no user.');
    const truth = await startTruthServer(databaseUrl, org.schema);
    try {
      const credentials = (clientId: string): ClientSetup['app'] => ({
        clientId,
        clientSecret: `secret of ${clientId}`,
        redirectUri: REDIRECT,
      });
      const setup: ClientSetup = {
        url: emulator.url,
        truthUrl: truth.url,
        rows,
        pageRows,
        org: { id: org.id, name: org.name, schema: org.schema },
        user: { ...USER, id: user.id },
        sandboxUser: SANDBOX_USER,
        app: credentials('client-app'),
        rotatingApp: credentials('rotating-app'),
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
      const report = await runProcess(client, setup, surprised.signal);
      const surprise = unexpected.map(
        (error) =>
          `The emulator did not foresee: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      return {
        client: client.name,
        ...report,
        ...(surprise.length === 0 ? {} : { status: 1, complaints: [...surprise, report.complaints].join('\n') }),
      };
    } finally {
      await truth.stop();
    }
  } finally {
    await emulator.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
