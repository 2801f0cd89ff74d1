import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOAuth } from '../../../adapters/salesforce/oauth.ts';
import type { ErrorCode } from '../../../domain/errors.ts';
import { FAULT_KINDS, type FaultAction } from '../../../emulator/control/fault-kinds.ts';
import { APP, newTokens } from '../../emulator/test-emulator.ts';
import { hasCode } from '../../errors.ts';
import { customJob, field } from '../../jobs.ts';
import { createOrgSync, type OrgSync } from '../../org-sync.ts';
import { until } from '../../support/until.ts';
import { once } from '../../support/when-tests-end.ts';

type Kind = FaultAction['kind'];

/** Our engine asks for REST pages of this size. */
const REST_PAGE_ROWS = 2000;
const sizes = { users: 3, accounts: 2300, contacts: 0, relationships: 0, opportunities: 0, cases: 0 };

/** The same accounts by REST and by Bulk, each into a table of its own. */
const accounts = (extract: 'rest' | 'bulk') =>
  customJob(
    'Account',
    [field('sfid', 'Id'), field('name', 'Name'), field('industry', 'Industry'), field('phone', 'Phone')],
    { name: `accounts-${extract}`, target: { table: `account_${extract}` }, extract },
  );

const JOBS = [accounts('rest'), accounts('bulk')];

const started = once(async (): Promise<OrgSync> => {
  const sync = await createOrgSync(JOBS, {
    org: { sizes: { ...sizes, leads: 0, tasks: 0, events: 0 }, plantedBadRows: false },
    emulator: { bulk: { pageRows: 800 } },
    tries: 4,
  });
  await sync.saveJobs(JOBS);
  return sync;
});

const textOf = (rows: readonly Record<string, unknown>[]): string[] => rows.map((row) => JSON.stringify(row));

/** Nothing is lost, nothing is there twice, and every value is the org's. */
async function assertNothingLost(sync: OrgSync, extract: 'rest' | 'bulk'): Promise<void> {
  const found = await sync.rows(
    `SELECT sfid, name, industry, phone FROM model.account_${extract} WHERE deleted_at IS NULL ORDER BY sfid COLLATE "C"`,
  );
  const { rows: truth } = await sync.org.pool.query<Record<string, unknown>>(
    `SELECT "Id" AS sfid, "Name" AS name, "Industry" AS industry, "Phone" AS phone
     FROM ${sync.org.schema}."Account" WHERE NOT "IsDeleted" ORDER BY "Id" COLLATE "C"`,
  );
  assert.ok(truth.length > REST_PAGE_ROWS);
  assert.deepEqual(textOf(found), textOf(truth));
}

interface Rule {
  readonly action: FaultAction;
  readonly times?: number;
  readonly path?: string;
  readonly after?: number;
}

const addFault = async (sync: OrgSync, rule: Rule): Promise<void> => {
  await sync.control('DELETE', '/faults');
  await sync.control('DELETE', '/requests');
  sync.failures.length = 0;
  await sync.control('POST', '/faults', rule);
};

async function assertStruck(sync: OrgSync, kind: Kind): Promise<void> {
  const log = (await sync.control('GET', `/requests?fault=${kind}`)) as unknown[];
  assert.ok(log.length > 0, `No request was struck by "${kind}".`);
  await sync.control('DELETE', '/faults');
}

interface Run extends Rule {
  readonly extract: 'rest' | 'bulk';
  /** Codes with which activities fail on the way; the run succeeds all the same. */
  readonly fails?: readonly ErrorCode[];
}

/** One full run under a fault. */
const run =
  ({ extract, fails = [], ...rule }: Run) =>
  async (sync: OrgSync): Promise<void> => {
    // Rows that an earlier experiment brought would hide what this one loses.
    await sync.rows(`DELETE FROM model.account_${extract}`).catch(() => []);
    await addFault(sync, rule);
    const summary = await sync.run(`accounts-${extract}`, { mode: 'full' });
    assert.equal(summary.status, 'success');
    await assertStruck(sync, rule.action.kind);
    assert.deepEqual([...new Set(sync.failures)], fails);
    await assertNothingLost(sync, extract);
  };

const RESULTS = '/results/?$';
const QUERY = '/query(All)?/?$';
const NEXT_PAGE = '/query(All)?/0r8';

/** What each fault does to our engine: the experiments of a kind, one after the other. */
const EXPERIMENTS: Readonly<Record<Kind, readonly ((sync: OrgSync) => Promise<void>)[]>> = {
  status: [
    run({
      extract: 'rest',
      action: { kind: 'status', status: 500, body: 'oops' },
      path: QUERY,
      fails: ['SF_SERVER_ERROR'],
    }),
    run({
      extract: 'bulk',
      action: { kind: 'status', status: 502 },
      path: RESULTS,
      times: 2,
      fails: ['SF_SERVER_ERROR'],
    }),
  ],
  latency: [run({ extract: 'rest', action: { kind: 'latency', ms: 100 }, times: 5 })],
  reset: [
    run({ extract: 'rest', action: { kind: 'reset' }, path: NEXT_PAGE, fails: ['SF_UNREACHABLE'] }),
    run({ extract: 'bulk', action: { kind: 'reset' }, path: RESULTS, fails: ['SF_UNREACHABLE'] }),
  ],
  resetAfter: [
    run({
      extract: 'rest',
      action: { kind: 'resetAfter', bytes: 1000 },
      path: NEXT_PAGE,
      fails: ['SF_UNREACHABLE'],
    }),
    run({ extract: 'bulk', action: { kind: 'resetAfter', bytes: 1000 }, path: RESULTS, fails: ['SF_UNREACHABLE'] }),
  ],
  truncate: [
    run({
      extract: 'rest',
      action: { kind: 'truncate', bytes: 1000 },
      path: NEXT_PAGE,
      fails: ['SF_PAGE_INCOMPLETE'],
    }),
    run({ extract: 'bulk', action: { kind: 'truncate', bytes: 1000 }, path: RESULTS, fails: ['SF_PAGE_INCOMPLETE'] }),
  ],
  trickle: [run({ extract: 'bulk', action: { kind: 'trickle', bytesPerSecond: 20_000 }, path: RESULTS })],
  unavailable: [
    run({ extract: 'rest', action: { kind: 'unavailable' }, path: QUERY, times: 2, fails: ['SF_SERVER_ERROR'] }),
    run({ extract: 'bulk', action: { kind: 'unavailable' }, path: RESULTS, fails: ['SF_SERVER_ERROR'] }),
  ],
  tooManyRequests: [
    run({
      extract: 'rest',
      action: { kind: 'tooManyRequests', retryAfterSeconds: 1 },
      path: QUERY,
      fails: ['SF_RATE_LIMITED'],
    }),
  ],
  sessionExpired: [
    run({ extract: 'rest', action: { kind: 'sessionExpired' }, path: NEXT_PAGE, fails: ['SF_SESSION_EXPIRED'] }),
  ],
  invalidGrant: [refuseRefresh],
  requestLimit: [
    run({
      extract: 'rest',
      action: { kind: 'requestLimit', which: 'concurrent' },
      path: QUERY,
      fails: ['SF_RATE_LIMITED'],
    }),
    run({ extract: 'rest', action: { kind: 'requestLimit', which: 'total' }, path: QUERY, fails: ['SF_DAILY_LIMIT'] }),
  ],
  locatorLost: [run({ extract: 'rest', action: { kind: 'locatorLost' }, path: NEXT_PAGE, fails: ['SF_CURSOR_LOST'] })],
  clockSkew: [skewedBy(60), skewedBy(-60)],
  recordCount: [
    run({ extract: 'bulk', action: { kind: 'recordCount', add: 1 }, fails: ['SF_PAGE_INCOMPLETE'] }),
    run({ extract: 'bulk', action: { kind: 'recordCount', add: -1 }, fails: ['SF_PAGE_INCOMPLETE'] }),
  ],
  duplicateRow: [
    run({ extract: 'bulk', action: { kind: 'duplicateRow' }, after: 1 }),
    run({ extract: 'rest', action: { kind: 'duplicateRow' } }),
  ],
  jobStuck: [abortStuckJob],
  jobFailed: [failJob],
  slowCommit: [commitLate],
};

/** The grant lives on, yet the refusal must be believed: another refresh could be the reuse that kills it. */
async function refuseRefresh(sync: OrgSync): Promise<void> {
  const { refresh_token: refreshToken = '' } = await newTokens(sync.emulator);
  const app = { loginUrl: sync.emulator.url, clientId: APP.clientId, clientSecret: APP.clientSecret };
  const orgId = sync.emulator.orgs[0]?.id ?? '';
  await addFault(sync, { action: { kind: 'invalidGrant' } });
  await assert.rejects(createOAuth().refresh(app, refreshToken, orgId), hasCode('SF_GRANT_LOST'));
  await assertStruck(sync, 'invalidGrant');
  assert.equal((await createOAuth().refresh(app, refreshToken, orgId)).orgId, orgId);
}

/** A run waits for a job that goes nowhere, until somebody ends the job; the next run makes up for it. */
async function abortStuckJob(sync: OrgSync): Promise<void> {
  await addFault(sync, { action: { kind: 'jobStuck' } });
  const running = assert.rejects(sync.run('accounts-bulk', { mode: 'full' }), { type: 'SF_BULK_JOB_FAILED' });
  await until('the run waits', async () => sync.failures.includes('SF_BULK_JOB_RUNNING'));
  const authorization = `Bearer ${(await newTokens(sync.emulator))['access_token'] ?? ''}`;
  const jobs = `${sync.emulator.url}/services/data/v62.0/jobs/query`;
  const list = (await (await fetch(jobs, { headers: { authorization } })).json()) as {
    records: { id: string; state: string }[];
  };
  const stuck = list.records.find(({ state }) => state === 'InProgress');
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify({ state: 'Aborted' });
  assert.equal((await fetch(`${jobs}/${stuck?.id ?? ''}`, { method: 'PATCH', headers, body })).status, 200);
  await running;
  await assertStruck(sync, 'jobStuck');
  await sync.run('accounts-bulk', { mode: 'full' });
  await assertNothingLost(sync, 'bulk');
}

/** A run ends with Salesforce's own words, loads nothing, and the next one makes up for it. */
async function failJob(sync: OrgSync): Promise<void> {
  await addFault(sync, { action: { kind: 'jobFailed', message: 'InternalServerError : Retried more than 15 times' } });
  await assert.rejects(sync.run('accounts-bulk', { mode: 'full' }), {
    type: 'SF_BULK_JOB_FAILED',
    message: /Retried more than 15 times/,
  });
  await assertStruck(sync, 'jobFailed');
  await sync.run('accounts-bulk', { mode: 'full' });
  await assertNothingLost(sync, 'bulk');
}

/** Whatever the org's replies say of the time, a row that changes after the run is read by the next one. */
function skewedBy(minutes: number) {
  return async (sync: OrgSync): Promise<void> => {
    await sync.run('accounts-rest', { mode: 'full' });
    await addFault(sync, { action: { kind: 'clockSkew', ms: minutes * 60_000 }, times: 1000 });
    await sync.run('accounts-rest');
    await sync.change(`UPDATE "Account" SET "Phone" = $1 WHERE "Id" IN (SELECT "Id" FROM "Account" LIMIT 3)`, [
      `skewed by ${minutes}`,
    ]);
    await sync.run('accounts-rest');
    await assertStruck(sync, 'clockSkew');
    await assertNothingLost(sync, 'rest');
  };
}

/** A row is stamped, a run passes by, and only then the row can be seen: with a stamp older than the run. */
async function commitLate(sync: OrgSync): Promise<void> {
  await sync.run('accounts-rest', { mode: 'full' });
  await addFault(sync, { action: { kind: 'slowCommit', ms: 4000 } });
  const token = (await newTokens(sync.emulator))['access_token'] ?? '';
  const writing = fetch(`${sync.emulator.url}/services/data/v62.0/sobjects/Account`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ Name: 'Came late' }),
  });
  const isOpen = `SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%"Account"%'`;
  await until('the row is stamped', async () => ((await sync.org.pool.query(isOpen)).rowCount ?? 0) > 0);
  await sync.run('accounts-rest');
  const loaded = `SELECT 1 FROM model.account_rest WHERE name = 'Came late'`;
  assert.equal((await writing).status, 201);
  // Far beyond the overlap with which every run reads again what was new.
  await sync.advance(120);
  await sync.run('accounts-rest');
  assert.equal((await sync.rows(loaded)).length, 1);
  await assertStruck(sync, 'slowCommit');
  await assertNothingLost(sync, 'rest');
}

for (const kind of Object.keys(FAULT_KINDS) as Kind[]) {
  test(`no row is lost, or the error says what happened, under the fault "${kind}"`, async () => {
    const experiments = EXPERIMENTS[kind] as (typeof EXPERIMENTS)[Kind] | undefined;
    assert.ok(experiments !== undefined && experiments.length > 0, `No experiment uses the fault "${kind}".`);
    const sync = await started();
    for (const experiment of experiments) await experiment(sync);
  });
}
