import type { SalesforceSpec } from '../../domain/connection-spec.ts';
import {
  ATTEMPT_LIFETIME_MS,
  CONSENT_LOST,
  EXPIRED,
  type AttemptStatus,
  type ConsentOutcome,
  type FailedConsent,
} from '../../domain/consent.ts';
import { MooringError } from '../../domain/errors.ts';
import { decide } from '../../domain/lifecycle.ts';
import type { ConfirmedGrant } from '../../domain/oauth-app.ts';
import { sharedGrantWarning } from '../../domain/shared-grant.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { recordAudit } from './audit.ts';
import { finishAttempt } from './finish-attempt.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';
import { lockLifecycle, refuseGrant } from './revocations.ts';
import { findSharedGrants } from './shared-grants.ts';
import { isStoredGrant, storeGrant } from './store-grant.ts';

/** How long a started exchange may be in flight; its own HTTP calls give up much earlier. */
const EXCHANGE_LIMIT_MS = 2 * 60_000;

/** What the exchange needs, once it may be sent. */
export interface ReadyExchange {
  readonly attemptId: string;
  readonly connection: string;
  readonly connectionId: string;
  readonly salesforce: SalesforceSpec;
  readonly redirectUri: string;
  readonly code: string;
  readonly codeVerifier: string;
}

interface AttemptRow {
  readonly connection_id: string;
  readonly status: AttemptStatus;
  readonly outcome: ConsentOutcome | null;
  readonly redirect_uri: string;
  readonly code_sealed: string | null;
  readonly code_verifier_sealed: string | null;
  readonly salesforce: SalesforceSpec;
  readonly started: boolean;
  readonly in_flight: boolean;
  readonly overdue: boolean;
}

async function lockAttempt(client: Client, connection: string, attemptId: string): Promise<AttemptRow> {
  const { rows } = await client.query<AttemptRow>(
    `SELECT a.connection_id, a.status, a.outcome, a.redirect_uri, a.code_sealed, a.code_verifier_sealed,
            c.spec -> 'salesforce' AS salesforce, a.exchange_started_at IS NOT NULL AS started,
            coalesce(a.exchange_started_at > now() - interval '${EXCHANGE_LIMIT_MS} milliseconds', false) AS in_flight,
            a.expires_at + interval '${ATTEMPT_LIFETIME_MS} milliseconds' <= now() AS overdue
       FROM mooring.authorization_attempt a JOIN mooring.connection c ON c.id = a.connection_id
      WHERE a.id::text = $2 AND c.name = $1 FOR UPDATE OF a`,
    [connection, attemptId],
  );
  const [row] = rows;
  if (row !== undefined && row.status !== 'pending') return row;
  throw new MooringError(
    'ATTEMPT_UNKNOWN',
    `Connection "${connection}" has no consent "${attemptId}" to exchange. Ask for a new link.`,
  );
}

async function fail(
  client: Client,
  { connection_id: connectionId }: AttemptRow,
  attemptId: string,
  outcome: FailedConsent,
): Promise<void> {
  await finishAttempt(client, attemptId, outcome);
  const details = { attemptId, outcome: outcome.outcome, message: outcome.message };
  await recordAudit(client, { connectionId, actor: 'worker', event: 'authorization_failed', details });
}

/**
 * The exchange of a stored code for a grant, seen from the vault. A code is single use, so its sending is committed before it
 * happens: a repetition that finds it sent and unanswered ends the attempt instead of sending it again.
 */
export const createExchanges = ({ pool, keyring }: { readonly pool: Pool; readonly keyring: Keyring }) => ({
  /**
   * Returns what to send and marks it as sent, or the outcome of an attempt that has one.
   *
   * @throws ATTEMPT_UNKNOWN also for another connection's attempt; TOKEN_BUSY while another worker's exchange may be in flight
   */
  begin: (connection: string, attemptId: string) =>
    inTransaction(pool, async (client): Promise<ReadyExchange | ConsentOutcome> => {
      const attempt = await lockAttempt(client, connection, attemptId);
      if (attempt.outcome !== null) return attempt.outcome;
      if (attempt.in_flight) {
        throw new MooringError(
          'TOKEN_BUSY',
          `The consent "${attemptId}" of connection "${connection}" is being exchanged.`,
          {
            retryAfterMs: 10_000,
          },
        );
      }
      const ended = attempt.started ? CONSENT_LOST : attempt.overdue ? EXPIRED : undefined;
      if (ended !== undefined) {
        await fail(client, attempt, attemptId, ended);
        return ended;
      }
      await client.query('UPDATE mooring.authorization_attempt SET exchange_started_at = now() WHERE id = $1', [
        attemptId,
      ]);
      const { connection_id: connectionId, salesforce, redirect_uri: redirectUri } = attempt;
      return {
        ...{ attemptId, connection, connectionId, salesforce, redirectUri },
        code: keyring.open(attempt.code_sealed ?? '', { connectionId, purpose: `code/${attemptId}` }),
        codeVerifier: keyring.open(attempt.code_verifier_sealed ?? '', {
          connectionId,
          purpose: `code_verifier/${attemptId}`,
        }),
      };
    }),

  /** Takes the mark of sending back: nothing was sent, so the code may be sent later. */
  async postpone({ attemptId }: ReadyExchange): Promise<void> {
    await pool.query('UPDATE mooring.authorization_attempt SET exchange_started_at = NULL WHERE id = $1', [attemptId]);
  },

  /** Ends an attempt without a grant; a token that came nevertheless is kept for the remote revoke. Returns the outcome that counts. */
  fail: ({ attemptId, connection }: ReadyExchange, outcome: FailedConsent, unwantedToken?: string) =>
    inTransaction(pool, async (client): Promise<ConsentOutcome> => {
      const attempt = await lockAttempt(client, connection, attemptId);
      if (unwantedToken !== undefined) await refuseGrant({ client, keyring }, attempt.connection_id, unwantedToken);
      if (attempt.outcome !== null) return attempt.outcome;
      await fail(client, attempt, attemptId, outcome);
      return outcome;
    }),

  /**
   * Binds the org and stores the grant, or refuses it, in one transaction; either way the attempt ends here.
   * A grant that arrives after its attempt was given up is refused too. Safe to repeat with the same grant.
   */
  complete: ({ attemptId, connection }: ReadyExchange, grant: ConfirmedGrant) =>
    inTransaction(pool, async (client): Promise<ConsentOutcome> => {
      const attempt = await lockAttempt(client, connection, attemptId);
      const connectionId = attempt.connection_id;
      if (attempt.outcome !== null) {
        const isOurs = await isStoredGrant({ client, keyring }, connectionId, grant.tokens.refreshToken);
        if (!isOurs) await refuseGrant({ client, keyring }, connectionId, grant.tokens.refreshToken);
        return attempt.outcome;
      }
      const { orgId, username } = grant.identity;
      const before = await lockLifecycle(client, connectionId);
      const { effects, refusal } = decide(before, { type: 'consented', orgId });
      if (refusal !== undefined) {
        const outcome: ConsentOutcome = {
          outcome: before.state === 'destroyed' ? 'failed' : 'refused_other_org',
          message: refusal,
        };
        await refuseGrant({ client, keyring }, connectionId, grant.tokens.refreshToken);
        await finishAttempt(client, attemptId, outcome);
        const details = { attemptId, orgId, username, message: refusal };
        await recordAudit(client, { connectionId, actor: 'worker', event: 'authorization_refused', details });
        return outcome;
      }
      const { replacedUser } = await storeGrant({ client, keyring }, connectionId, grant);
      const sharers = (await findSharedGrants(client, connectionId)).get(connection);
      const place = grant.orgName === undefined ? `org "${orgId}"` : `"${grant.orgName}" (${orgId})`;
      const outcome: ConsentOutcome = {
        outcome: 'authorized',
        message: `Connection "${connection}" is authorized for ${place} as "${username}".${sharers === undefined ? '' : ` Warning: ${sharedGrantWarning(sharers)}`}`,
        ...{ orgId, username, effects },
        ...(grant.orgName === undefined ? {} : { orgName: grant.orgName }),
      };
      await finishAttempt(client, attemptId, outcome);
      const details = { attemptId, orgId, username, userId: grant.identity.userId, from: before.state, replacedUser };
      await recordAudit(client, { connectionId, actor: 'worker', event: 'authorized', details });
      if (sharers !== undefined) {
        const shared = { orgId, userId: grant.identity.userId, clientId: grant.clientId, with: sharers.join(', ') };
        await recordAudit(client, { connectionId, actor: 'worker', event: 'grant_shared', details: shared });
      }
      return outcome;
    }),
});
