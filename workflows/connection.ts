import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { AuthorizationActivities, LoadedConnection } from '../activities/authorization.ts';
import type { ScheduleActivities } from '../activities/schedules.ts';
import { syncWorkflowId } from '../domain/names.ts';
import type { RunSummary, Trigger } from '../domain/run.ts';
import * as messages from './messages.ts';
import { runEndOf } from './run-end.ts';
import { countsText } from './show.ts';
import { createTurns } from './turns.ts';
import type { syncRun, SyncInput } from './sync-run.ts';

export interface ConnectionInput {
  readonly connection: string;
  /** Whether the server has Mooring's search attributes. */
  readonly searchable?: boolean;
}

/** What PostgreSQL does not know; carried over when the workflow continues as new. */
export interface Carried {
  readonly runningSyncs: readonly string[];
  readonly lastRuns: Readonly<Record<string, RunSummary>>;
  readonly lastRefusal?: string;
}

const retry = { initialInterval: '1 second', maximumInterval: '1 minute' } as const;
const { loadConnection, exchangeConsent, revokeConnection, revokeAtSalesforce } =
  proxyActivities<AuthorizationActivities>({
    startToCloseTimeout: '3 minutes', // a slow token endpoint is given up after 15 s, and the database is asked again for a while
    retry,
  });
const { reconcileSchedules, pauseSchedules } = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: '2 minutes',
  retry,
});

const stateKey = defineSearchAttributeKey('MooringState', 'KEYWORD');
const orgKey = defineSearchAttributeKey('MooringOrg', 'KEYWORD');

interface Entity {
  readonly input: ConnectionInput;
  known: LoadedConnection;
  runningSyncs: string[];
  lastRuns: Record<string, RunSummary>;
  lastRefusal: string | undefined;
}

/**
 * One connection, for as long as it exists: waits for the OAuth signal, binds the org, owns the schedules, starts syncs and reacts to messages.
 * PostgreSQL holds the truth; this workflow drives the changes and reloads them whenever it starts anew.
 *
 * @param carried - set only when continuing as new
 */
export async function connection(input: ConnectionInput, carried?: Carried): Promise<void> {
  const turns = createTurns();
  const entity: Entity = {
    input,
    known: NOT_LOADED,
    runningSyncs: [...(carried?.runningSyncs ?? [])],
    lastRuns: { ...carried?.lastRuns },
    lastRefusal: carried?.lastRefusal,
  };
  // The first turn: messages that arrive before it has ended wait for it.
  const loaded = turns.take(() => refresh(entity));
  listen(entity, turns.take);
  await loaded;
  for (const attemptId of entity.known.waitingAttempts) await turns.take(() => receiveConsent(entity, attemptId));
  await condition(() => entity.known.state === 'destroyed' || workflowInfo().continueAsNewSuggested);
  await condition(() => allHandlersFinished() && turns.idle());
  if (entity.known.state === 'destroyed') return;
  const { runningSyncs, lastRuns, lastRefusal } = entity;
  await continueAsNew<typeof connection>(input, {
    runningSyncs,
    lastRuns,
    ...(lastRefusal === undefined ? {} : { lastRefusal }),
  });
}

type Take = ReturnType<typeof createTurns>['take'];

/** Registers every handler; a signal that fails is shown and never breaks the workflow. */
function listen(entity: Entity, take: Take): void {
  const { connection: name } = entity.input;
  const signal = (work: () => Promise<void>): Promise<void> =>
    take(() =>
      work().catch((error: unknown) => {
        entity.lastRefusal = runEndOf(error).errorMessage;
        show(entity);
      }),
    );
  setHandler(messages.status, () => statusOf(entity));
  setHandler(messages.oauthCallback, ({ attemptId }) => signal(() => receiveConsent(entity, attemptId)));
  setHandler(messages.revoke, (message) => signal(() => revoke(entity, message?.reason)));
  setHandler(messages.runFinished, (sync) => signal(() => noteSync(entity, sync)));
  setHandler(messages.configure, () => take(() => reconfigure(entity)));
  setHandler(
    messages.runJobs,
    (choice: messages.SyncChoice) => take(() => startSync(entity, { ...choice, connection: name, trigger: 'manual' })),
    {
      validator: (choice: messages.SyncChoice) => refuseRun(entity, choice.jobs),
    },
  );
  const setPaused = (paused: boolean) => (choice: messages.ScheduleChoice) =>
    take(() =>
      pauseSchedules({
        ...choice,
        connection: name,
        paused,
        note: paused ? 'paused by hand with mooring' : 'resumed by hand with mooring',
      }),
    );
  setHandler(messages.pauseSchedule, setPaused(true));
  setHandler(messages.resumeSchedule, setPaused(false));
}

const NOT_LOADED: LoadedConnection = {
  connectionId: '',
  state: 'awaiting_authorization',
  orgId: null,
  orgName: null,
  username: null,
  revision: 0,
  jobs: [],
  chains: [],
  waitingAttempts: [],
};

function refuseRun({ known, input }: Entity, jobs: readonly string[] | undefined): void {
  const refuse = (sentence: string): never => {
    throw ApplicationFailure.nonRetryable(sentence, 'REFUSED');
  };
  if (known.revision === 0) return; // not loaded yet: the sync itself is refused then, with the same words
  if (known.state !== 'active')
    refuse(`Connection "${input.connection}" is ${known.state.replaceAll('_', ' ')}; no job of it may run.`);
  const unknown = jobs?.filter((name) => !known.jobs.some((job) => job.name === name)) ?? [];
  if (unknown.length > 0) {
    const names = known.jobs.map(({ name }) => name).join(', ');
    refuse(`Connection "${input.connection}" has no job "${unknown.join('", "')}". Its jobs: ${names}.`);
  }
}

async function refresh(entity: Entity): Promise<void> {
  entity.known = await loadConnection({ connection: entity.input.connection });
  show(entity);
}

/** Exchanges a consent. Only the first authorization starts the schedules and the first sync; a failed one changes nothing. */
async function receiveConsent(entity: Entity, attemptId: string): Promise<void> {
  const { connection: name } = entity.input;
  const outcome = await exchangeConsent.executeWithOptions({ summary: 'consent' }, [{ connection: name, attemptId }]);
  entity.lastRefusal = outcome.outcome === 'authorized' ? undefined : outcome.message;
  await refresh(entity);
  if (outcome.outcome === 'refused_other_org') await revokeAtSalesforce({ connection: name });
  if (outcome.outcome !== 'authorized') return;
  const { effects } = outcome;
  if (effects.includes('createSchedules')) await reconcileSchedules({ connection: name });
  if (effects.includes('resumeSchedules'))
    await pauseSchedules({ connection: name, paused: false, note: 'resumed: authorized again' });
  if (effects.includes('startFirstSync')) await startSync(entity, { connection: name, trigger: 'authorization' });
  if (effects.includes('revokeReplacedGrant')) await revokeAtSalesforce({ connection: name });
}

/** Stops everything here first, and tells Salesforce then, for as long as it takes. */
async function revoke(entity: Entity, reason: string | undefined): Promise<void> {
  const { connection: name } = entity.input;
  await pauseSchedules({ connection: name, paused: true, note: 'paused by mooring: revoked' });
  await revokeConnection({ connection: name, ...(reason === undefined ? {} : { reason }) });
  await refresh(entity);
  await revokeAtSalesforce({ connection: name });
}

async function reconfigure(entity: Entity): Promise<messages.ConnectionStatus> {
  await refresh(entity);
  if (entity.known.state === 'active') await reconcileSchedules({ connection: entity.input.connection });
  return statusOf(entity);
}

/** Abandoned on purpose: a sync outlives the history of the connection, and reports by a signal. */
async function startSync(entity: Entity, { connection: name, ...rest }: SyncInput): Promise<{ syncId: string }> {
  const syncId = syncWorkflowId(name, uuid4().slice(0, 8));
  await startChild<typeof syncRun>('syncRun', {
    workflowId: syncId,
    args: [{ connection: name, ...rest }],
    staticSummary: `${name}: ${rest.jobs ? rest.jobs.join(', ') : 'all jobs'} (${TRIGGER_WORDS[rest.trigger]})`,
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });
  entity.runningSyncs = [...entity.runningSyncs, syncId];
  show(entity);
  return { syncId };
}

const TRIGGER_WORDS = {
  authorization: 'first authorization',
  schedule: 'by schedule',
  manual: 'by hand',
  chain: 'by chain',
} as const satisfies Record<Trigger, string>;

async function noteSync(entity: Entity, { syncId, jobs }: messages.FinishedSync): Promise<void> {
  entity.runningSyncs = entity.runningSyncs.filter((running) => running !== syncId);
  for (const summary of jobs) entity.lastRuns[summary.job] = summary;
  // A run may have found the grant gone.
  await refresh(entity);
}

function statusOf({ input, known, runningSyncs, lastRuns, lastRefusal }: Entity): messages.ConnectionStatus {
  const { state, orgId, orgName, username, revision } = known;
  return {
    connection: input.connection,
    ...{ state, orgId, orgName, username, revision, runningSyncs },
    jobs: known.jobs.map(({ name, enabled }) => {
      const lastRun = lastRuns[name];
      return { name, enabled, ...(lastRun ? { lastRun } : {}) };
    }),
    ...(lastRefusal === undefined ? {} : { lastRefusal }),
  };
}

function show(entity: Entity): void {
  const { input, known } = entity;
  if (input.searchable === true) {
    upsertSearchAttributes([
      { key: stateKey, value: known.state },
      ...(known.orgId === null ? [] : [{ key: orgKey, value: known.orgId }]),
    ]);
  }
  const { jobs, runningSyncs, lastRefusal } = statusOf(entity);
  setCurrentDetails(
    [
      `**${known.state.replaceAll('_', ' ')}**${known.orgName === null ? '' : ` · ${known.orgName} (${known.orgId ?? ''}) · authorized by ${known.username ?? ''}`}`,
      ...(lastRefusal === undefined ? [] : [`Last problem: ${lastRefusal}`]),
      ...(runningSyncs.length === 0 ? [] : [`Running: ${runningSyncs.join(', ')}`]),
      [
        '| job | last run | rows |',
        '| --- | --- | --- |',
        ...jobs.map(
          ({ name, enabled, lastRun }) =>
            `| ${name}${enabled ? '' : ' (disabled)'} | ${lastRun?.status.replaceAll('_', ' ') ?? ''} | ${lastRun ? countsText(lastRun) : ''} |`,
        ),
      ].join('\n'),
    ].join('\n\n'),
  );
}
