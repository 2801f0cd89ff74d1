import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { pauseSchedules, reconcileSchedules } from './connection-activities.ts';
import { carriedOf, newEntity, type Carried, type ConnectionInput, type Entity } from './connection-entity.ts';
import * as messages from './messages.ts';
import { assertMayRun, readAttemptId, readFinishedSync, readReason } from './read-message.ts';
import { receiveConsent } from './receive-consent.ts';
import { refresh } from './refresh.ts';
import { destroy } from './destroy.ts';
import { assertMayDryRun, dryRun } from './dry-run.ts';
import { assertIsExaminable, examine } from './examine.ts';
import { revoke, tellSalesforce } from './revoke.ts';
import { runEndOf, sentenceOf } from './run-end.ts';
import { noteEnds, tellPeople } from './tell-people.ts';
import { complain, show, statusOf } from './show-connection.ts';
import { noteSync, startSync } from './start-sync.ts';

/**
 * One connection, for as long as it exists: waits for the OAuth signal, binds the org, owns the schedules, starts syncs and reacts to messages.
 * PostgreSQL holds the truth; this workflow drives the changes and reloads them whenever it starts anew.
 *
 * @param carried - set only when continuing as new
 */
export async function connection(input: ConnectionInput, carried?: Carried): Promise<void> {
  const entity = newEntity(input, carried);
  // The first turn: messages that arrive before it has ended wait for it.
  const loaded = entity.turns.take(() => refresh(entity));
  listenToSignals(entity);
  listenToUpdates(entity);
  await loaded;
  entity.requests.push(...entity.known.waitingAttempts.map((attemptId) => ({ attemptId })));
  // These never return; only the end of this workflow ends them.
  for (const forEver of [tellSalesforce, noteEnds, tellPeople]) forEver(entity).catch(() => undefined);
  await serve(entity);
  await condition(() => allHandlersFinished() && entity.turns.idle());
  if (entity.known.state === 'destroyed') return;
  await continueAsNew<typeof connection>(input, carriedOf(entity));
}

/** Does what signals asked for, until the connection is destroyed or its history is long enough. What is left then is carried over. */
async function serve(entity: Entity): Promise<void> {
  const { requests, turns } = entity;
  const isOver = (): boolean => entity.known.state === 'destroyed' || workflowInfo().continueAsNewSuggested;
  for (;;) {
    await condition(() => isOver() || requests.length > 0 || entity.isStale);
    if (isOver()) return;
    const request = requests.shift();
    if (request === undefined) await turns.take(() => refresh(entity)).catch(complainOf(entity));
    else if ('attemptId' in request) void receiveConsent(entity, request);
    else {
      // A consent that came before must not undo this.
      for (const [id, attempt] of entity.exchanging) entity.exchanging.set(id, { ...attempt, revoked: true });
      await turns.take(() => revoke(entity, request.revoke)).catch(complainOf(entity));
    }
  }
}

const complainOf = (entity: Entity) => (error: unknown) => complain(entity, sentenceOf(error));

/** Registers what takes note of signals. No handler waits, and none throws, whatever it was sent. */
function listenToSignals(entity: Entity): void {
  setHandler(messages.oauthCallback, (message: unknown) => {
    const attemptId = readAttemptId(message);
    if (attemptId === undefined) complain(entity, 'Signal "oauthCallback" needs {"attemptId": "…"}; it was ignored.');
    else entity.requests.push({ attemptId });
  });
  setHandler(messages.revoke, (message: unknown) => {
    const last = entity.requests.at(-1);
    if (last === undefined || 'attemptId' in last) entity.requests.push({ revoke: readReason(message) });
  });
  setHandler(messages.reauthorize, (message: unknown) => {
    const { reason } = readReason(message);
    entity.reauthorizationAsked = `A new authorization was asked for${reason === undefined ? '' : `: ${reason}`}.`;
    show(entity);
  });
  setHandler(messages.grantLost, () => {
    entity.isStale = true;
  });
  setHandler(messages.runFinished, (message: unknown) => {
    const sync = readFinishedSync(message);
    if (sync === undefined) complain(entity, 'Signal "runFinished" is sent by syncs only; it was ignored.');
    else noteSync(entity, sync);
  });
  setDefaultSignalHandler((name) => complain(entity, `Signal "${name.slice(0, 100)}" is not known; it was ignored.`));
}

/** Registers what answers. An update that fails says why in its own words. */
function listenToUpdates(entity: Entity): void {
  const { connection: name } = entity.input;
  const answer = <T>(work: () => Promise<T>): Promise<T> =>
    entity.turns.take(work).catch((error: unknown) => {
      const { errorCode, errorMessage } = runEndOf(error);
      throw ApplicationFailure.nonRetryable(errorMessage, errorCode);
    });
  setHandler(messages.status, () => statusOf(entity));
  setHandler(messages.configure, () =>
    answer(async () => {
      await refresh(entity);
      if (entity.known.state === 'active') await reconcileSchedules({ connection: name });
      return statusOf(entity);
    }),
  );
  // These take no turn: they change nothing, and a plan must not wait for a slow exchange or revoke.
  setHandler(messages.examine, (choice) => examine(entity, choice), { validator: assertIsExaminable });
  setHandler(messages.dryRun, (choice) => dryRun(entity, choice), { validator: assertMayDryRun });
  setHandler(
    messages.runJobs,
    (choice) =>
      answer(() => {
        assertMayRun(entity, choice); // the state may have changed while it waited
        return startSync(entity, { ...choice, trigger: 'manual' });
      }),
    { validator: (choice) => assertMayRun(entity, choice) },
  );
  setHandler(messages.destroy, () => answer(() => destroy(entity)));
  const setPaused = (paused: boolean) => (choice: messages.ScheduleChoice) => {
    const note = paused ? 'paused by hand' : 'resumed by hand';
    return answer(() => pauseSchedules({ ...choice, connection: name, paused, note }));
  };
  setHandler(messages.pauseSchedule, setPaused(true));
  setHandler(messages.resumeSchedule, setPaused(false));
}
