import type { WorkflowHandle } from '@temporalio/client';
import { heartbeat, sleep } from '@temporalio/activity';
import type { ConsentOutcome } from '../../domain/consent.ts';
import { connectionWorkflowId, jobWorkflowId, revocationWorkflowId, syncWorkflowId } from '../../domain/names.ts';
import { until } from '../support/until.ts';
import {
  AUTHORIZED,
  createFakeConnection,
  failure,
  gate,
  jobOf,
  outage,
  planned,
  planOf,
  SIX_JOBS,
  succeedingJobs,
  summaryOf,
  type Activities,
} from '../workflows/fake-activities.ts';
import { withWorker, type Server } from '../workflows/with-worker.ts';

/** What a path through the workflows leaves behind: workflow id, and the runs of it when there were several. */
type Recorded = Readonly<Record<string, WorkflowHandle>>;

export type Scenario = (server: Server) => Promise<Recorded>;

const loaded = async () => ({ counts: { ...summaryOf('any'), read: 1 }, hasNext: true });

/** Waits as a real page does that is cancelled: by the answer to a heartbeat. */
const forEver = async (): Promise<never> => {
  for (;;) {
    heartbeat();
    await sleep(50);
  }
};

const SEARCHABLE = true;

/** The first consent, its sync, and the six jobs of the catalog. */
const firstAuthorization: Scenario = (server) => {
  const fake = createFakeConnection();
  return withWorker(
    { ...fake.activities, ...succeedingJobs, planSync: planOf(SIX_JOBS, SEARCHABLE) },
    async ({ mooring, connectionOf, client }) => {
      await mooring.startConnection('first');
      await mooring.signalConsent('first', 'attempt-1');
      await until('the first sync runs', async () => (await mooring.status('first')).runningSyncs.length === 1);
      const [syncId = ''] = (await mooring.status('first')).runningSyncs;
      await mooring.syncResult(syncId);
      await until('it is noted', async () => (await mooring.status('first')).runningSyncs.length === 0);
      return {
        connection: connectionOf('first'),
        syncRun: client.workflow.getHandle(syncId),
        ...Object.fromEntries(
          SIX_JOBS.map(({ name }) => [name, client.workflow.getHandle(jobWorkflowId('first', name))]),
        ),
      };
    },
    { server },
  );
};

/** Refused, failed and repeated consents, every update, strange signals, a revoke, and the way back. */
const longLife: Scenario = (server) => {
  const fake = createFakeConnection();
  const refused: ConsentOutcome = { outcome: 'refused_other_org', message: 'It was another org.' };
  const again = { ...AUTHORIZED, effects: ['storeGrant', 'resumeSchedules'] } as ConsentOutcome;
  fake.outcomeOf = async (attemptId) => {
    if (attemptId === 'broken') throw failure('SECRET_MISSING', 'The client id is not set.');
    return { refused, again }[attemptId] ?? AUTHORIZED;
  };
  return withWorker(
    { ...fake.activities, ...succeedingJobs, planSync: planOf([planned('user-sync')], SEARCHABLE) },
    async ({ mooring, connectionOf }) => {
      const connection = connectionOf('long');
      await mooring.startConnection('long');
      await mooring.signalConsent('long', 'broken');
      await until('it is shown', async () => (await mooring.status('long')).lastRefusal !== undefined);
      await connection.signal('oauthCallback');
      await connection.signal('no-such-signal', 1);
      await mooring.signalConsent('long', 'first');
      await mooring.signalConsent('long', 'first');
      await until('it is active', async () => (await mooring.status('long')).state === 'active');
      await mooring.signalConsent('long', 'refused');
      await until('it is shown', async () => (await mooring.status('long')).lastRefusal === refused.message);
      await mooring.configure('long');
      await mooring.pauseSchedules('long', 'nightly');
      await mooring.resumeSchedules('long');
      await mooring.syncResult((await mooring.runJobs('long', { jobs: ['user-sync'], mode: 'full' })).syncId);
      await connection.signal('revoke', { reason: 'contract ended' });
      await until('it is revoked', async () => (await mooring.status('long')).state === 'revoked');
      await mooring.signalConsent('long', 'again');
      await until('it is active', async () => (await mooring.status('long')).state === 'active');
      await mooring.configure('long');
      return { connection };
    },
    { server },
  );
};

/** A connection whose second history takes over a running sync and an exchange that is under way. */
const newHistory: Scenario = (server) => {
  const fake = createFakeConnection('active');
  const { open, opened } = gate();
  fake.outcomeOf = () => opened.then(() => AUTHORIZED);
  return withWorker(
    {
      ...fake.activities,
      ...succeedingJobs,
      planSync: planOf([planned('user-sync')], SEARCHABLE),
      beginRun: (input) => opened.then(() => succeedingJobs.beginRun(input)),
    },
    async ({ mooring, connectionOf, client }) => {
      await mooring.startConnection('again');
      const { runId: first } = await connectionOf('again').describe();
      const { syncId } = await mooring.runJobs('again', {});
      await mooring.signalConsent('again', 'slow');
      await until('a new history begins', async () => {
        await mooring.configure('again');
        return (await connectionOf('again').describe()).runId !== first;
      });
      open();
      await mooring.syncResult(syncId);
      await until('it is noted', async () => (await mooring.status('again')).runningSyncs.length === 0);
      const { runId: second } = await connectionOf('again').describe();
      const id = connectionWorkflowId('again');
      return {
        connection: client.workflow.getHandle(id, first),
        'connection-next': client.workflow.getHandle(id, second),
      };
    },
    { server },
  );
};

async function runSync(
  server: Server,
  name: string,
  activities: Partial<Activities>,
  beside?: (sync: WorkflowHandle) => Promise<void>,
) {
  return withWorker(
    { ...succeedingJobs, ...activities },
    async ({ client, taskQueue }) => {
      const syncRun = await client.workflow.start('syncRun', {
        taskQueue,
        workflowId: syncWorkflowId(name, 'recorded'),
        args: [{ connection: name, trigger: 'manual' }],
      });
      await beside?.(syncRun);
      await syncRun.result();
      const jobHandle = (job: string): WorkflowHandle => client.workflow.getHandle(jobWorkflowId(name, job));
      return { syncRun, jobHandle };
    },
    { server },
  );
}

/** A Bulk job in two lanes that has to wait for Salesforce, and a walk over REST pages after it. */
const manyPages: Scenario = async (server) => {
  const { syncRun, jobHandle } = await runSync(server, 'pages', {
    planSync: planOf([planned('opportunity-sync'), planned('company-sync', 'opportunity-sync')], SEARCHABLE),
    extract: async ({ runId }) =>
      jobOf(runId) === 'company-sync'
        ? { strategy: 'rest', next: 'load-pages', rowsExpected: 6_000, firstPage: 0 }
        : { strategy: 'bulk', next: 'await-bulk', rowsExpected: 250_000, firstPage: 0 },
    awaitBulk: async () => ({ pages: 5 }),
    loadPage: async ({ runId, page }) => ({
      ...(await loaded()),
      hasNext: page < (jobOf(runId) === 'company-sync' ? 3 : 4),
    }),
  });
  return { syncRun, bulk: jobHandle('opportunity-sync'), rest: jobHandle('company-sync') };
};

/** A page that fails beside one that loads, a job that cannot begin, and what that holds back. */
const failures: Scenario = async (server) => {
  const { syncRun, jobHandle } = await runSync(server, 'failures', {
    planSync: planOf(
      [planned('picklist-sync'), planned('user-sync'), planned('company-sync', 'user-sync')],
      SEARCHABLE,
    ),
    extract: async () => ({ strategy: 'bulk', next: 'await-bulk', rowsExpected: 250_000, firstPage: 0 }),
    awaitBulk: async () => ({ pages: 4 }),
    async loadPage({ page }) {
      if (page === 0) return forEver();
      throw failure('SF_QUERY_REFUSED', 'Salesforce refused the page.');
    },
    async beginRun(input) {
      if (input.job === 'picklist-sync') throw failure('SF_FORBIDDEN', 'The user may not see it.');
      return succeedingJobs.beginRun(input);
    },
  });
  return { syncRun, job: jobHandle('user-sync'), picklists: jobHandle('picklist-sync') };
};

/** A sync that is cancelled while its first job loads. */
const cancellation: Scenario = async (server) => {
  let isLoading = false;
  const { syncRun, jobHandle } = await runSync(
    server,
    'cancelled',
    {
      planSync: planOf([planned('user-sync'), planned('company-sync', 'user-sync')], SEARCHABLE),
      extract: () => {
        isLoading = true;
        return forEver();
      },
    },
    async (sync) => {
      await until('it loads', () => isLoading);
      await sync.cancel();
    },
  );
  return { syncRun, job: jobHandle('user-sync') };
};

/** A job that goes on in its second history, and a sync that waits for it and then runs it. */
const carriedJob: Scenario = (server) => {
  const { open, opened } = gate();
  let hasLooked = false;
  return withWorker(
    {
      ...succeedingJobs,
      planSync: planOf([planned('company-sync')], SEARCHABLE),
      loadPage: async ({ page }) => opened.then(async () => ({ ...(await loaded()), hasNext: page < 502 })),
      awaitJobEnd: async () => {
        if (hasLooked) return;
        hasLooked = true;
        throw outage('JOB_RUNNING');
      },
    },
    async ({ client, taskQueue }) => {
      const job = await client.workflow.start('companySync', {
        taskQueue,
        workflowId: jobWorkflowId('carried', 'company-sync'),
        args: [
          { connection: 'carried', job: 'company-sync', searchable: SEARCHABLE },
          {
            ...{ runId: 'carried/company-sync', object: 'Account', table: 'company', readings: 1, reading: 0, restarts: 0 },
            place: { firstPage: 0, nextPage: 500 },
          },
        ],
      });
      const { runId } = await job.describe();
      const syncRun = await client.workflow.start('syncRun', {
        taskQueue,
        workflowId: syncWorkflowId('carried', 'recorded'),
        args: [{ connection: 'carried', trigger: 'chain' }],
      });
      await until('the sync waits', () => hasLooked);
      open();
      await syncRun.result();
      return { job: client.workflow.getHandle(job.workflowId, runId), syncRun };
    },
    { server },
  );
};

/** A connection that is destroyed while Salesforce cannot be told. */
const destroyed: Scenario = (server) => {
  const fake = createFakeConnection('active');
  fake.known = { ...fake.known, connectionId: 'ended', isSalesforceUntold: true };
  let tries = 0;
  const revokeLeftGrants = async (): Promise<number> => {
    tries += 1;
    if (tries === 1) throw outage('SF_UNREACHABLE');
    return 1;
  };
  return withWorker(
    { ...fake.activities, ...succeedingJobs, revokeLeftGrants },
    async ({ mooring, connectionOf, client }) => {
      await mooring.startConnection('ended');
      await until('it is loaded', async () => (await mooring.status('ended')).revision > 0);
      await mooring.destroy('ended');
      await connectionOf('ended').result();
      const revocation = client.workflow.getHandle(revocationWorkflowId('ended'));
      await revocation.result();
      return { connection: connectionOf('ended'), revocation };
    },
    { server },
  );
};

/** Paths through the workflows, by the beginning of the names of the files that hold what was recorded. */
export const SCENARIOS: Readonly<Record<string, { readonly run: Scenario; readonly eventsPerHistory?: number }>> = {
  'first-authorization': { run: firstAuthorization },
  'long-life': { run: longLife },
  'new-history': { run: newHistory, eventsPerHistory: 60 },
  'many-pages': { run: manyPages },
  failures: { run: failures },
  cancellation: { run: cancellation },
  'carried-job': { run: carriedJob },
  destroyed: { run: destroyed },
};
