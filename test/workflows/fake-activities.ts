import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { AuthorizationActivities, LoadedConnection } from '../../activities/authorization.ts';
import type { NotificationActivities } from '../../activities/notifications.ts';
import type { PlanActivities, PlannedJob } from '../../activities/plan.ts';
import type { RunningJobsActivities } from '../../activities/running-jobs.ts';
import type { ScheduleActivities } from '../../activities/schedules.ts';
import type { SyncActivities } from '../../activities/sync.ts';
import type { ConsentOutcome } from '../../domain/consent.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { JobKind } from '../../domain/job-spec.ts';
import { NO_ROWS, type RunSummary } from '../../domain/run.ts';

export type Activities = AuthorizationActivities &
  NotificationActivities &
  PlanActivities &
  RunningJobsActivities &
  ScheduleActivities &
  SyncActivities;

/** A failure that Temporal does not repeat, as activities throw for codes that somebody has to act on. */
export const failure = (type: ErrorCode, message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, type);

/** One that Temporal repeats after some milliseconds. */
export const outage = (type: ErrorCode): ApplicationFailure =>
  ApplicationFailure.create({ type, message: 'It does not answer at the moment.', nextRetryDelay: 10 });

/** What a test does not expect to be called ends the workflow, instead of being repeated for ever as an unknown activity is. */
export const withUnexpected = (activities: Partial<Activities>): object => ({
  default: () => Promise.reject(failure('USAGE', `The test did not expect a call of ${activityInfo().activityType}.`)),
  ...activities,
});

/** Something to wait for, and the means to end the waiting. */
export function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

const KINDS: Readonly<Record<string, JobKind>> = {
  'picklist-sync': 'picklist',
  'user-sync': 'user',
  'company-sync': 'company',
  'company-person-sync': 'company-person',
  'relationship-type-sync': 'relationship-type',
  'relationship-sync': 'relationship',
};

const kindOf = (job: string): JobKind => KINDS[job] ?? 'custom';

/** A job as `planSync` returns it. */
export const planned = (name: string, ...after: readonly string[]): PlannedJob => ({
  ...{ name, after, kind: kindOf(name) },
  ...{ title: name, source: 'Thing', target: `model.${name.replaceAll('-', '_')}` },
});

/** The six jobs of the catalog, as they depend on each other. */
export const SIX_JOBS: readonly PlannedJob[] = [
  planned('picklist-sync'),
  planned('user-sync', 'picklist-sync'),
  planned('company-sync', 'user-sync'),
  planned('company-person-sync', 'company-sync'),
  planned('relationship-type-sync', 'company-sync'),
  planned('relationship-sync', 'company-person-sync', 'relationship-type-sync'),
];

/** Plans these jobs, or those of them that were asked for. */
export const planOf =
  (all: readonly PlannedJob[], searchable = true): PlanActivities['planSync'] =>
  async ({ jobs }) => ({ jobs: all.filter(({ name }) => jobs === undefined || jobs.includes(name)), searchable });

export const summaryOf = (job: string, changes: Partial<RunSummary> = {}): RunSummary => ({
  ...NO_ROWS,
  ...{
    job,
    status: 'success',
    read: 1,
    inserted: 1,
    openRejects: 0,
    pending: 0,
    outOfScope: 0,
    apiCalls: 1,
    seconds: 0.1,
  },
  ...changes,
});

/** The job that a run of {@link succeedingJobs} belongs to. */
export const jobOf = (runId: string): string => runId.slice(runId.indexOf('/') + 1);

/** Jobs that read one small page each and succeed. Run ids are `<connection>/<job>`. */
export const succeedingJobs: SyncActivities = {
  beginRun: async ({ connection, job }) => ({
    ...{ runId: `${connection}/${job}`, object: job, table: job, mode: 'full', readings: 1 },
  }),
  extract: async () => ({ strategy: 'rest', next: 'done', rowsExpected: 1, firstPage: 0 }),
  awaitBulk: async () => ({ pages: 1 }),
  loadPage: async () => ({ counts: { ...NO_ROWS, read: 1 }, hasNext: false }),
  restartReading: async () => undefined,
  loadPicklists: async () => ({ ...NO_ROWS, read: 1 }),
  finishRun: async ({ runId, end }) =>
    summaryOf(jobOf(runId), {
      status: end.status,
      ...(end.errorCode === undefined ? {} : { errorCode: end.errorCode }),
      ...(end.errorMessage === undefined ? {} : { reason: end.errorMessage }),
    }),
};

/** The six jobs, all of which succeed. */
export const sixJobs = { ...succeedingJobs, planSync: planOf(SIX_JOBS) };

export interface FakeConnection {
  /** What happened, in order: `exchangeConsent a1`, `pauseSchedules true`. `loadConnection` is left out. */
  readonly calls: string[];
  /** What PostgreSQL knows. */
  known: LoadedConnection;
  /** How the exchange of an attempt ends; the first authorization by default. */
  outcomeOf: (attemptId: string) => Promise<ConsentOutcome>;
  readonly activities: AuthorizationActivities & NotificationActivities & RunningJobsActivities & ScheduleActivities;
}

export const ORG = '00D000000000001EAA';

export const AUTHORIZED: ConsentOutcome = {
  outcome: 'authorized',
  message: 'Authorized.',
  ...{ orgId: ORG, orgName: 'Acme', username: 'jane@acme.example' },
  effects: ['bindOrg', 'storeGrant', 'createSchedules', 'startFirstSync'],
};

/** A connection with the six jobs, in memory in PostgreSQL's place. */
export function createFakeConnection(state: LoadedConnection['state'] = 'awaiting_authorization'): FakeConnection {
  const bound = { orgId: ORG, orgName: 'Acme', username: 'jane@acme.example' } as const;
  const fake: FakeConnection = {
    calls: [],
    known: {
      ...{
        connectionId: 'c1',
        state,
        revision: 1,
        chains: ['nightly'],
        waitingAttempts: [],
        ...{ isSalesforceUntold: false, isNotifying: false, isMailWaiting: false },
      },
      ...(state === 'awaiting_authorization' ? { orgId: null, orgName: null, username: null } : bound),
      jobs: SIX_JOBS.map(({ name, kind }) => ({ name, kind, enabled: true })),
    },
    outcomeOf: async () => AUTHORIZED,
    activities: {
      loadConnection: async () => fake.known,
      async exchangeConsent({ attemptId }) {
        fake.calls.push(`exchangeConsent ${attemptId}`);
        const outcome = await fake.outcomeOf(attemptId);
        if (outcome.outcome === 'authorized') fake.known = { ...fake.known, ...bound, state: 'active' };
        return outcome;
      },
      async revokeConnection() {
        fake.calls.push('revokeConnection');
        fake.known = { ...fake.known, state: 'revoked', username: null };
        return { state: 'revoked', changed: true };
      },
      async revokeAtSalesforce() {
        fake.calls.push('revokeAtSalesforce');
        return 1;
      },
      async destroyConnection() {
        fake.calls.push('destroyConnection');
        fake.known = { ...fake.known, state: 'destroyed' };
        return { connectionId: fake.known.connectionId, isSalesforceUntold: fake.known.isSalesforceUntold };
      },
      async revokeLeftGrants() {
        fake.calls.push('revokeLeftGrants');
        return 1;
      },
      async findRunning({ syncs }) {
        return syncs;
      },
      async recordEnds({ syncs }) {
        fake.calls.push(`recordEnds ${syncs.length}`);
      },
      async sendMails() {
        fake.calls.push('sendMails');
        return {};
      },
      async cancelRuns({ syncs }) {
        fake.calls.push(['cancelRuns', ...syncs].join(' '));
        return syncs;
      },
      async awaitAuthorization() {
        if (fake.known.state !== 'active') throw outage('REAUTHORIZATION_AWAITED');
      },
      async deleteSchedules() {
        fake.calls.push('deleteSchedules');
        return [];
      },
      async reconcileSchedules() {
        fake.calls.push('reconcileSchedules');
        return [];
      },
      async pauseSchedules({ paused, name }) {
        fake.calls.push(['pauseSchedules', paused, ...(name === undefined ? [] : [name])].join(' '));
        return name === undefined ? ['schedule/all'] : [`schedule/${name}`];
      },
    },
  };
  return fake;
}
