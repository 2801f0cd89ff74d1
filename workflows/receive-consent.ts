import type { ConsentOutcome } from '../domain/consent.ts';
import { exchangeConsent, pauseSchedules, reconcileSchedules } from './connection-activities.ts';
import type { Entity, Request } from './connection-entity.ts';
import { refresh } from './refresh.ts';
import { revoke } from './revoke.ts';
import { sentenceOf } from './run-end.ts';
import { complain } from './show-connection.ts';
import { startSync } from './start-sync.ts';

type ConsentRequest = Extract<Request, { attemptId: string }>;

/** Repetitions come within minutes: the callback's page signals until somebody has heard it. */
const REMEMBERED_ATTEMPTS = 50;

/**
 * Exchanges a consent and does what follows, once for each attempt. A failed one changes nothing but what is shown.
 *
 * The exchange takes no turn: while Salesforce's login is away it goes on for minutes, and a revoke must not wait for it.
 */
export async function receiveConsent(entity: Entity, request: ConsentRequest): Promise<void> {
  const { attemptId } = request;
  const { exchanging, answeredAttempts, turns, input } = entity;
  if (exchanging.has(attemptId) || answeredAttempts.includes(attemptId)) return;
  exchanging.set(attemptId, request);
  try {
    const outcome = await exchangeConsent.executeWithOptions({ summary: 'consent' }, [
      { connection: input.connection, attemptId },
    ]);
    await turns.take(() => follow(entity, attemptId, outcome));
    entity.answeredAttempts = [...entity.answeredAttempts, attemptId].slice(-REMEMBERED_ATTEMPTS);
  } catch (error) {
    complain(entity, sentenceOf(error));
  } finally {
    exchanging.delete(attemptId);
  }
}

/** Only the first authorization starts a sync by itself. */
async function follow(entity: Entity, attemptId: string, outcome: ConsentOutcome): Promise<void> {
  const { connection } = entity.input;
  entity.lastRefusal = outcome.outcome === 'authorized' ? undefined : outcome.message;
  if (outcome.outcome === 'authorized') entity.reauthorizationAsked = undefined;
  await refresh(entity);
  // Grants that were refused or replaced may have to be revoked.
  entity.isSalesforceUntold ||= outcome.outcome === 'refused_other_org';
  if (outcome.outcome !== 'authorized') return;
  const { effects } = outcome;
  entity.isSalesforceUntold ||= effects.includes('revokeReplacedGrant');
  if (entity.exchanging.get(attemptId)?.revoked) {
    await revoke(entity, { reason: 'The connection was revoked after the consent had been given.' });
    return;
  }
  // The word of a repeated signal may be old.
  if (entity.known.state !== 'active') return;
  const isResumed = effects.includes('resumeSchedules');
  if (isResumed || effects.includes('createSchedules')) await reconcileSchedules({ connection });
  if (isResumed) await pauseSchedules({ connection, paused: false, note: 'authorized again' });
  if (effects.includes('startFirstSync')) await startSync(entity, { trigger: 'authorization' });
}
