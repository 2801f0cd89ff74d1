import { EXPIRED, statusOf, type ConsentOutcome } from '../../domain/consent.ts';
import type { Client } from './pool.ts';

const WIPE = 'code_sealed = NULL, code_verifier_sealed = NULL, finished_at = now()';

/** Ends an attempt: its outcome stays, its code and verifier do not. A finished attempt keeps its first outcome. */
export async function finishAttempt(client: Client, attemptId: string, outcome: ConsentOutcome): Promise<void> {
  await client.query(
    `UPDATE mooring.authorization_attempt SET status = $2, outcome = $3, ${WIPE}
      WHERE id = $1 AND status IN ('pending', 'consent_received')`,
    [attemptId, statusOf(outcome), JSON.stringify(outcome)],
  );
}

/** Ends the attempts of a connection that nobody completed in time. */
export async function expireAttempts(client: Client, connectionId: string): Promise<void> {
  await client.query(
    `UPDATE mooring.authorization_attempt SET status = 'expired', outcome = $2, ${WIPE}
      WHERE connection_id = $1 AND status = 'pending' AND expires_at <= now()`,
    [connectionId, JSON.stringify(EXPIRED)],
  );
}
