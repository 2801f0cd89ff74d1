import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { createPool, type Pool } from '../../adapters/postgres/pool.ts';
import { walkConsent } from '../../cli/walk-consent.ts';
import { createMooringClient, type MooringClient } from '../../client.ts';
import { startEmulator } from '../../emulator/start.ts';
import { redirectUriOf } from '../../server/redirect-uri.ts';
import { freePort } from '../../services/free-port.ts';
import { startCli, type Environment, type RunningCli } from '../cli/run-cli.ts';
import { createTestDatabase } from '../support/database.ts';
import { PROJECT } from '../support/script.ts';
import { until } from '../support/until.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';

const run = promisify(execFile);

const APP = { clientId: 'documented-app', clientSecret: 'only-for-the-emulated-org' };
/** A loaded machine answers late. */
const PATIENCE = { workerMs: 60_000, answerMs: 120_000 };
const SIZES = {
  users: 10,
  accounts: 2_200, // two pages, so that a job can be cancelled between them
  contacts: 200,
  relationshipTypes: 4,
  relationships: 600,
  opportunities: 10,
  cases: 5,
};

/** What somebody has who follows the pages: `mooring dev` with the example applied, authorized by an emulated org, and a shell beside it. */
export interface DevSystem {
  /** Where the shell is. */
  readonly cwd: string;
  /** Of the emulated org. */
  readonly orgUrl: string;
  readonly baseUrl: string;
  /** Temporal's Web UI. */
  readonly uiUrl: string;
  readonly temporalAddress: string;
  readonly pool: Pool;
  /** Knows no codec key. */
  readonly client: Client;
  readonly mooring: MooringClient;
  /** Runs a text of a page in a shell that has `mooring`, and the `temporal` that `mooring dev` told of, and agrees to plans; resolves to what it prints. */
  readonly shell: (text: string, env?: Environment) => Promise<string>;
  /** Asks for a link and walks the consent, as a person would. */
  readonly authorize: () => Promise<void>;
  /** Stops `mooring dev` and starts it anew, with more in its environment. */
  readonly restart: (env: Environment) => Promise<void>;
}

async function startDev(cwd: string, env: Environment, port: number): Promise<RunningCli> {
  const cli = startCli(['dev', '--port', String(port)], { cwd, env });
  whenTestsEnd(() => stopDev(cli)); // in order, before run-cli.ts kills what is left
  const said = () => `${cli.stdout()}${cli.stderr()}`;
  await until('dev is up', () => /Next: mooring apply/.test(said()) || cli.process.exitCode !== null, 180_000);
  if (cli.process.exitCode !== null) throw new Error(`mooring dev ended: ${said()}`);
  return cli;
}

async function stopDev(cli: RunningCli): Promise<void> {
  cli.process.kill('SIGTERM');
  await cli.ended;
}

/** What `mooring dev` says about one of its parts. */
function told(cli: RunningCli, part: string): string {
  const [, value] = new RegExp(`^${part} +(.+)$`, 'm').exec(cli.stdout()) ?? [];
  if (value === undefined) throw new Error(`mooring dev does not tell "${part}": ${cli.stdout()}`);
  return value;
}

/** Starts all of it; the connection `acme` of `examples/acme` is active then, and its first sync has ended. */
export async function startDevSystem(): Promise<DevSystem> {
  const system = await startEmptyDevSystem();
  await cp(join(PROJECT, 'examples', 'acme'), join(system.cwd, 'mooring'), { recursive: true });
  await system.shell('mooring apply mooring/');
  await system.authorize();
  await until('the first sync has ended', async () => {
    const { jobs, runningSyncs } = await system.mooring.status('acme');
    return runningSyncs.length === 0 && jobs.every(({ lastRun }) => lastRun !== undefined);
  });
  return system;
}

/** Starts all of it, with an empty folder. */
export async function startEmptyDevSystem(): Promise<DevSystem> {
  const cwd = await mkdtemp(join(tmpdir(), 'mooring-docs-'));
  whenTestsEnd(() => rm(cwd, { recursive: true, force: true }));
  const [ours, theirs] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  whenTestsEnd(async () => {
    await Promise.all([ours.drop(), theirs.drop()]);
  });
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const emulator = await startEmulator({
    databaseUrl: theirs.url,
    dataDir: join(cwd, 'emulator'),
    orgs: [{ name: 'acme', sizes: SIZES, apps: [{ ...APP, redirectUris: [redirectUriOf(baseUrl)], rotation: true }] }],
  });
  whenTestsEnd(emulator.stop);

  const env = {
    DATABASE_URL: ours.url,
    ACME_ORG: emulator.url,
    ACME_CLIENT_ID: APP.clientId,
    ACME_CLIENT_SECRET: APP.clientSecret,
  };
  const commands = join(cwd, 'commands');
  await mkdir(commands);
  const start = `'${process.execPath}' --import '${import.meta.resolve('tsx')}' '${join(PROJECT, 'cli', 'main.ts')}'`;
  await writeFile(join(commands, 'mooring'), `#!/bin/sh\nexec ${start} "$@"\n`, { mode: 0o755 });

  let dev = await startDev(cwd, env, port);
  const { PATH = '', HOME = '' } = process.env;
  const shell: DevSystem['shell'] = async (text, more = {}) => {
    // A person at a terminal would be asked.
    const answered = text.replaceAll(/^mooring (apply|rollback) .*$/gm, '$& --yes');
    const { stdout } = await run('bash', ['-e', '-c', `${told(dev, 'Temporal CLI')}\n${answered}`], {
      cwd,
      env: { PATH: `${commands}:${PATH}`, HOME, ...more },
      maxBuffer: 64 * 1024 * 1024,
      timeout: 180_000,
    });
    return stdout;
  };

  const temporalAddress = (await shell('printf %s "$TEMPORAL_ADDRESS"')).trim();
  const connection = await Connection.connect({ address: temporalAddress });
  whenTestsEnd(() => connection.close());
  const client = new Client({ connection });
  const pool = createPool(ours.url, { max: 4 });
  whenTestsEnd(() => pool.end());
  const mooring = createMooringClient({ client, searchable: true, patience: PATIENCE });

  const authorize = async (): Promise<void> => {
    const [link = ''] = /http\S+ticket=\S+/.exec(await shell('mooring authorize acme --no-follow')) ?? [];
    const [person] = emulator.orgs[0]?.users ?? [];
    if (!person) throw new Error('The emulated org has nobody to log in.');
    await walkConsent(link, person);
    await until('the connection is active', async () => (await mooring.status('acme')).state === 'active');
  };
  return {
    ...{ cwd, orgUrl: emulator.url },
    ...{ baseUrl, uiUrl: told(dev, 'Temporal Web UI'), temporalAddress, pool, client, mooring, shell, authorize },
    async restart(more) {
      await stopDev(dev);
      dev = await startDev(cwd, { ...env, ...more }, port);
    },
  };
}
