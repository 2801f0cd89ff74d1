import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { EmulatedOrg, Emulator, EmulatorOptions } from './contract.ts';
import { createBackground } from './bulk/background.ts';
import { openIngest } from './bulk/ingest.ts';
import { openBulk } from './bulk/bulk.ts';
import { openBulk1 } from './bulk1/bulk1.ts';
import { createParts } from './composite/parts.ts';
import type { EmulatorContext } from './context.ts';
import { createFaults } from './control/faults.ts';
import { createOpenTransactions } from './control/open-transactions.ts';
import { createRequestLog } from './control/request-log.ts';
import { prepareDatabase } from './data/prepare-database.ts';
import { openOrg } from './data/open-org.ts';
import { loginsOf } from './data/logins.ts';
import { setCanvasUrl } from './canvas/apps.ts';
import { addRedirectUri } from './oauth/apps.ts';
import { createIdTokens } from './oauth/id-tokens.ts';
import type { Org } from './org.ts';
import { createServer } from './server.ts';
import { SESSION_SETTINGS } from './session-settings.ts';

async function logins(
  pool: pg.Pool,
  org: Org,
  options: EmulatorOptions['orgs'][number],
): Promise<EmulatedOrg['users']> {
  const { rows } = await pool.query<{ username: string; user_id: string }>(
    'SELECT username, user_id FROM emulator.login WHERE org_id = $1 ORDER BY user_id',
    [org.id],
  );
  const given = loginsOf(options);
  return rows.flatMap((row) => {
    const login = given.find((one) => one.username.toLowerCase() === row.username);
    return login === undefined ? [] : [{ username: login.username, password: login.password, id: row.user_id }];
  });
}

/**
 * Starts Salesforce orgs on localhost: login and OAuth, REST, SOQL, Bulk API 2.0 and 1.0, over rows in a PostgreSQL database.
 *
 * Starting again on the same database keeps the orgs that are there. One emulator per database at a time.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const host = options.host ?? '127.0.0.1';
  const pool = new pg.Pool({ connectionString: options.databaseUrl, max: 10, options: SESSION_SETTINGS });
  // An idle connection that the database closes is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  let url = options.publicUrl ?? '';

  // A folder of its own: a reset must not empty one that others use too.
  const resultsDir = join(options.dataDir, 'bulk-results');
  if (options.reset === true) await rm(resultsDir, { recursive: true, force: true });
  await mkdir(resultsDir, { recursive: true });
  await prepareDatabase(pool, options.reset ?? false);
  const orgs = new Map<string, Org>();
  for (const org of options.orgs) {
    const opened = await openOrg(pool, org);
    orgs.set(opened.id, opened);
  }
  const bulkOptions = { pageRows: 50_000, memberRows: 2000, processingDelayMs: 0, ...options.bulk };
  const bulk = await openBulk(pool, {
    databaseUrl: options.databaseUrl,
    dataDir: resultsDir,
    orgs,
    options: bulkOptions,
  });
  const onUnexpected = options.onUnexpected ?? (() => undefined);
  const background = createBackground(onUnexpected);
  const { processingDelayMs } = bulkOptions;
  const context: EmulatorContext = {
    pool,
    orgs,
    url: () => url,
    pageRows: options.pageRows ?? 2000,
    bulk,
    bulk1: await openBulk1(pool, { dataDir: resultsDir, orgs, options: bulkOptions, background }),
    bulkOptions,
    faults: createFaults(),
    idTokens: createIdTokens(),
    parts: createParts(),
    requestLog: createRequestLog(),
    transactions: createOpenTransactions(pool),
    ingest: await openIngest(pool, { orgs, background, processingDelayMs }),
    onUnexpected,
  };
  const server = await createServer(context);
  const listening = await server.listen({ host, port: options.port ?? 0 });
  if (url === '') url = listening;

  const described: EmulatedOrg[] = [];
  for (const org of options.orgs) {
    const opened = [...orgs.values()].find((one) => one.name === org.name);
    if (opened === undefined) continue;
    described.push({
      id: opened.id,
      name: opened.name,
      loginUrl: url,
      instanceUrl: url,
      schema: opened.schema,
      users: await logins(pool, opened, org),
      apps: org.apps,
    });
  }

  const end = async (): Promise<void> => {
    await server.close();
    await bulk.runner.stop();
    await background.stop();
    await context.transactions.stop();
    await pool.end();
  };
  let stopped: Promise<void> | undefined;
  return {
    url,
    homeUrl: `${url}/home`,
    orgs: described,
    addRedirectUri: (clientId, redirectUri) => addRedirectUri(pool, clientId, redirectUri),
    setCanvasUrl: (clientId, canvasUrl) => setCanvasUrl(pool, clientId, canvasUrl),
    stop: () => (stopped ??= end()),
  };
}
