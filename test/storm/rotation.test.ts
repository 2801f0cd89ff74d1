import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../errors.ts';
import { until } from '../support/until.ts';
import { assertNothingLeaked } from './canary.ts';
import { TOKEN_ENDPOINT } from './emulated-salesforce.ts';
import { holdLock, untilSomebodyWaits } from './row-lock.ts';
import { connectionStateOf, letLeaseAge } from './stored.ts';
import { consent } from './visitor.ts';
import { createFleet } from './worker-fleet.ts';
import { startWorld, type Declared } from './world.ts';

const PARALLEL = 50;
const world = await startWorld();
const { salesforce, mooring, pool, databaseUrl } = world;

const OFF = ['picklist', 'user', 'company', 'company-person', 'relationship-type', 'relationship']
  .map((job) => `  ${job}-sync: { enabled: false }\n`)
  .join('');
const customJob = (name: string): string => `---
job: ${name}
connection: NAME
source: { object: Account }
target: { table: ${name.replaceAll('-', '_')} }
map: { sfdc_account_id: Id, name: Name }
upsertKey: [sfdc_account_id]
`;
const numbered = Array.from({ length: PARALLEL }, (_, index) => `storm-${index}`);
const crowd = await world.declare(`jobs:\n${OFF}${numbered.map(customJob).join('')}`);
const victims: Declared[] = [];
for (let victim = 0; victim < 5; victim += 1)
  victims.push(
    await world.declare(`jobs:
${OFF}${['first', 'second'].map(customJob).join('')}`),
  );

// Each can take half of what runs at once.
const fleet = await createFleet(world, PARALLEL / 2);
await Promise.all([fleet.start(), fleet.start()]);

const tokenRequests = (): Promise<number> => salesforce.countRequests(/\/oauth2\/token$/);

const everyJobHasRun = ({ name }: Declared): Promise<void> =>
  until(
    `every job of ${name} has run`,
    async () => (await mooring.status(name)).jobs.every(({ enabled, lastRun }) => !enabled || lastRun !== undefined),
    180_000,
  );

test('50 parallel activities of two processes with an expired token cause exactly one refresh and no failure', async () => {
  const lock = await holdLock(databaseUrl, 'LOCK TABLE mooring.describe_cache IN ACCESS EXCLUSIVE MODE');
  await consent(world, crowd.name, salesforce.people.ann);
  // Every job has begun, and none has asked Salesforce yet.
  await until(`${PARALLEL} activities run`, async () => (await lock.waiting()).length === PARALLEL, 120_000);
  assert.equal(new Set(await lock.waiting()).size, 2, 'in both processes');
  await salesforce.expireSessions();
  // The refusals come late enough for all to have asked with the same token.
  await salesforce.fault('/describe$', { kind: 'latency', ms: 2_000 }, PARALLEL);
  const before = await tokenRequests();
  await lock.release();

  await everyJobHasRun(crowd);
  const { jobs } = await mooring.status(crowd.name);
  const ends = jobs.flatMap(({ lastRun }) => lastRun?.status ?? []);
  assert.deepEqual(
    ends,
    Array.from({ length: PARALLEL }, () => 'success'),
  );
  assert.equal(await salesforce.countRequests(/\/describe$/, 401), PARALLEL, 'each was refused once');
  assert.equal((await tokenRequests()) - before, 1);
});

/** Where in a refresh a worker dies. */
interface Death {
  /** Sees to it that the refresh gets as far as that and no further. Returns who is about to die, once it is there. */
  readonly obstruct: (victim: Declared) => Promise<{ readonly pid: number; readonly lift: () => Promise<void> }>;
  /** Token requests until somebody can work again, or has to authorize. */
  readonly requests: number;
  readonly isGrantLost: boolean;
}

const lockGrant = ({ connectionId }: Declared) =>
  holdLock(databaseUrl, 'SELECT FROM mooring.oauth_grant WHERE connection_id = $1 FOR UPDATE', [connectionId]);
const lockConnection = ({ connectionId }: Declared) =>
  holdLock(databaseUrl, 'SELECT FROM mooring.connection WHERE id = $1 FOR UPDATE', [connectionId]);

const holderOf = async ({ connectionId }: Declared): Promise<number> => {
  const { rows } = await pool.query<{ owner: string | null }>(
    'SELECT lease_owner AS owner FROM mooring.oauth_grant WHERE connection_id = $1',
    [connectionId],
  );
  return Number(/\d+$/.exec(rows[0]?.owner ?? '')?.[0]);
};

const DEATHS: Readonly<Record<string, Death>> = {
  'before the request': {
    requests: 1,
    isGrantLost: false,
    async obstruct(victim) {
      const lock = await lockGrant(victim);
      return { pid: await untilSomebodyWaits(lock), lift: lock.release };
    },
  },
  'while Salesforce has the request': {
    requests: 2,
    isGrantLost: false,
    async obstruct(victim) {
      await salesforce.fault(TOKEN_ENDPOINT, { kind: 'latency', ms: 5_000 });
      await until('the request is there', async () => (await salesforce.waitingFaults()) === 0);
      return { pid: await holderOf(victim), lift: async () => undefined };
    },
  },
  'after the answer and before the commit': {
    requests: 2,
    isGrantLost: true,
    async obstruct(victim) {
      const lock = await lockConnection(victim);
      return { pid: await untilSomebodyWaits(lock), lift: lock.release };
    },
  },
  'after the commit and before the use': {
    requests: 1,
    isGrantLost: false,
    async obstruct(victim) {
      const lock = await lockConnection(victim);
      const pid = await untilSomebodyWaits(lock);
      await salesforce.fault('/describe$', { kind: 'latency', ms: 5_000 });
      await lock.release();
      await until('the new token is about to be used', async () => (await salesforce.waitingFaults()) === 0);
      return { pid, lift: async () => undefined };
    },
  },
};

const sessionsOf = async (pid: number): Promise<number> =>
  (await pool.query('SELECT FROM pg_stat_activity WHERE application_name = $1', [`storm-${pid}`])).rowCount ?? 0;

/** Somebody else uses the connection after this; returns how that sync is called. */
async function runTheOtherJob({ name }: Declared): Promise<string> {
  return (await mooring.runJobs(name, { jobs: ['second'] })).syncId;
}

const assertSucceeds = async (syncId: string): Promise<void> => {
  const { jobs } = await mooring.syncResult(syncId);
  assert.deepEqual(
    jobs.map(({ status }) => status),
    ['success'],
    JSON.stringify(jobs),
  );
};

/** The grant is lost: somebody has to authorize, and until then Salesforce is not asked again. */
async function assertLostAndMended(victim: Declared, waiting: string, requests: number, before: number): Promise<void> {
  await until('it is known', async () => (await mooring.status(victim.name)).state === 'reauthorization_required');
  await assert.rejects(mooring.runJobs(victim.name, {}), hasCode('REFUSED'));
  assert.equal((await tokenRequests()) - before, requests);
  await consent(world, victim.name, salesforce.people.ben);
  await assertSucceeds(waiting);
  assert.equal((await tokenRequests()) - before, requests + 1, 'the consent itself, and nothing else');
  assert.equal((await salesforce.liveGrants(victim.app)).length, 1);
}

for (const [moment, { obstruct, requests, isGrantLost }] of Object.entries(DEATHS)) {
  test(`a worker killed ${moment} leaves ${isGrantLost ? 'a connection to authorize anew' : 'nothing to mend'}`, async () => {
    const victim = victims.pop() ?? assert.fail('no connection is left');
    await consent(world, victim.name, salesforce.people.ann);
    await everyJobHasRun(victim);
    await salesforce.expireSessions();
    const before = await tokenRequests();
    const obstructed = obstruct(victim);
    await mooring.runJobs(victim.name, { jobs: ['first'] });
    const { pid, lift } = await obstructed;
    await fleet.kill(pid);
    await lift();
    await until('PostgreSQL has noticed', async () => (await sessionsOf(pid)) === 0);

    await letLeaseAge(world, victim);
    const waiting = await runTheOtherJob(victim);
    const replaced = fleet.start();
    if (isGrantLost) await assertLostAndMended(victim, waiting, requests, before);
    else await assertSucceeds(waiting);
    if (!isGrantLost) assert.equal((await tokenRequests()) - before, requests);
    assert.deepEqual(await connectionStateOf(pool, victim), { state: 'active', orgId: salesforce.orgIds.acme });
    await replaced;
  });
}

test('an answer that never arrives costs one more try, then somebody has to authorize', async () => {
  const victim = victims.pop() ?? assert.fail('no connection is left');
  await consent(world, victim.name, salesforce.people.ann);
  await everyJobHasRun(victim);
  await salesforce.expireSessions();
  const before = await tokenRequests();
  await salesforce.fault(TOKEN_ENDPOINT, { kind: 'resetAfter', bytes: 10 });
  const waiting = await runTheOtherJob(victim);
  await until('the answer is lost', async () => (await salesforce.waitingFaults()) === 0);
  await letLeaseAge(world, victim);
  await assertLostAndMended(victim, waiting, 2, before);
});

test('nothing secret can be read anywhere after the storms', () => assertNothingLeaked(world));
