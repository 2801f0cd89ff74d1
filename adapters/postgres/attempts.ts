import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SalesforceSpec } from '../../domain/connection-spec.ts';
import {
  ATTEMPT_LIFETIME_MS,
  EXPIRED,
  type AttemptStatus,
  type ConsentOutcome,
  type FailedConsent,
} from '../../domain/consent.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { recordAudit } from './audit.ts';
import { createConnections } from './connections.ts';
import { expireAttempts, finishAttempt } from './finish-attempt.ts';
import { inTransaction, type Pool } from './pool.ts';

/** 256 bits: nobody guesses a ticket, a state, a browser's secret or a verifier (43 characters, as PKCE wants at least). */
const randomSecret = (): string => randomBytes(32).toString('base64url');

const hash = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const LIFETIME = `interval '${ATTEMPT_LIFETIME_MS} milliseconds'`;

export interface AttemptsPorts {
  readonly pool: Pool;
  readonly keyring: Keyring;
}

/** What the browser is sent away with. The secrets exist in the clear only here and in the browser. */
export interface OpenedAttempt {
  readonly attemptId: string;
  readonly connection: string;
  readonly salesforce: SalesforceSpec;
  readonly state: string;
  readonly codeVerifier: string;
  /** For the cookie that ties the attempt to this browser. */
  readonly browserSecret: string;
}

export interface ReceivedConsent {
  readonly attemptId: string;
  readonly connection: string;
}

export interface FollowedAttempt extends ReceivedConsent {
  readonly status: AttemptStatus;
  readonly outcome: ConsentOutcome | null;
  /** True while the connection's workflow was not told yet. */
  readonly needsSignal: boolean;
}

/**
 * The way of a consent until its code is stored: ticket, attempt, callback. Every secret that a browser holds is stored as a hash,
 * every secret that we need again is sealed; each step is one conditional update, so that a replay finds nothing to do.
 */
export const createAttempts = ({ pool, keyring }: AttemptsPorts) => ({
  /**
   * Returns a ticket for one link, which is spent by its first use.
   *
   * @throws CONNECTION_UNKNOWN
   */
  async createTicket(
    connection: string,
    actor: string,
  ): Promise<{ readonly ticket: string; readonly expiresAt: Date }> {
    const { connectionId } = await createConnections(pool).findOrThrow(connection);
    const ticket = randomSecret();
    return inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ expires_at: Date }>(
        `INSERT INTO mooring.authorization_ticket (hash, connection_id, expires_at)
         VALUES ($1, $2, now() + ${LIFETIME}) RETURNING expires_at`,
        [hash(ticket), connectionId],
      );
      await recordAudit(client, { connectionId, actor, event: 'link_created' });
      return { ticket, expiresAt: rows[0]?.expires_at ?? new Date() };
    });
  },

  /** Spends a ticket and opens an attempt; `undefined` when the ticket is unknown, spent, expired or another connection's. */
  open: ({ connection, ticket, redirectUri }: { connection: string; ticket: string; redirectUri: string }) =>
    inTransaction(pool, async (client): Promise<OpenedAttempt | undefined> => {
      const { rows } = await client.query<{ connection_id: string; salesforce: SalesforceSpec }>(
        `UPDATE mooring.authorization_ticket t SET used_at = now() FROM mooring.connection c
          WHERE t.hash = $1 AND t.used_at IS NULL AND t.expires_at > now()
            AND c.id = t.connection_id AND c.name = $2 AND c.state <> 'destroyed'
         RETURNING t.connection_id, c.spec -> 'salesforce' AS salesforce`,
        [hash(ticket), connection],
      );
      const [spent] = rows;
      if (spent === undefined) return undefined;
      const connectionId = spent.connection_id;
      await expireAttempts(client, connectionId);
      const secrets = { state: randomSecret(), codeVerifier: randomSecret(), browserSecret: randomSecret() };
      const inserted = await client.query<{ id: string }>(
        `INSERT INTO mooring.authorization_attempt (connection_id, state_hash, browser_hash, redirect_uri, expires_at)
         VALUES ($1, $2, $3, $4, now() + ${LIFETIME}) RETURNING id`,
        [connectionId, hash(secrets.state), hash(secrets.browserSecret), redirectUri],
      );
      const attemptId = inserted.rows[0]?.id ?? '';
      const sealed = keyring.seal(secrets.codeVerifier, { connectionId, purpose: `code_verifier/${attemptId}` });
      await client.query('UPDATE mooring.authorization_attempt SET code_verifier_sealed = $2 WHERE id = $1', [
        attemptId,
        sealed,
      ]);
      await recordAudit(client, { connectionId, actor: 'server', event: 'attempt_opened', details: { attemptId } });
      return { attemptId, connection, salesforce: spent.salesforce, ...secrets };
    }),

  /**
   * Stores what Salesforce's redirect brought, and returns whose it is; `undefined` when `state` or the browser is not the one
   * that this attempt began with, or when the attempt was answered or has expired. The reasons are not told apart, on purpose.
   *
   * @param browserSecretOf - the secret that this browser holds for an attempt
   * @param answer - the code, or how the attempt ended without one
   */
  async receive(
    state: string,
    browserSecretOf: (attemptId: string) => string | undefined,
    answer: { readonly code: string } | { readonly failed: FailedConsent },
  ): Promise<ReceivedConsent | undefined> {
    return inTransaction(pool, async (client) => {
      const { rows } = await client.query<{
        id: string;
        connection_id: string;
        name: string;
        state_hash: Buffer;
        browser_hash: Buffer;
      }>(
        `SELECT a.id, a.connection_id, c.name, a.state_hash, a.browser_hash
           FROM mooring.authorization_attempt a JOIN mooring.connection c ON c.id = a.connection_id
          WHERE a.state_hash = $1 AND a.status = 'pending' AND a.expires_at > now() AND c.state <> 'destroyed'
            FOR UPDATE OF a`,
        [hash(state)],
      );
      const [attempt] = rows;
      if (attempt === undefined || !timingSafeEqual(attempt.state_hash, hash(state))) return undefined;
      if (!timingSafeEqual(attempt.browser_hash, hash(browserSecretOf(attempt.id) ?? ''))) return undefined;

      const { id: attemptId, connection_id: connectionId, name: connection } = attempt;
      if ('code' in answer) {
        const sealed = keyring.seal(answer.code, { connectionId, purpose: `code/${attemptId}` });
        await client.query(
          `UPDATE mooring.authorization_attempt SET status = 'consent_received', code_sealed = $2 WHERE id = $1`,
          [attemptId, sealed],
        );
        await recordAudit(client, { connectionId, actor: 'server', event: 'consent_received', details: { attemptId } });
        return { attemptId, connection };
      }
      await finishAttempt(client, attemptId, answer.failed);
      const details = { attemptId, outcome: answer.failed.outcome };
      await recordAudit(client, { connectionId, actor: 'server', event: 'authorization_failed', details });
      return { attemptId, connection };
    });
  },

  /** Returns how an attempt stands, to the browser that began it and to nobody else. */
  async follow(attemptId: string, browserSecret: string): Promise<FollowedAttempt | undefined> {
    const { rows } = await pool.query<FollowedAttempt & { browser_hash: Buffer; expired: boolean }>(
      `SELECT a.id AS "attemptId", c.name AS connection, a.status, a.outcome, a.browser_hash,
              a.status = 'pending' AND a.expires_at <= now() AS expired,
              a.status <> 'pending' AND a.signalled_at IS NULL AS "needsSignal"
         FROM mooring.authorization_attempt a JOIN mooring.connection c ON c.id = a.connection_id WHERE a.id = $1`,
      [attemptId],
    );
    const [attempt] = rows;
    if (attempt === undefined || !timingSafeEqual(attempt.browser_hash, hash(browserSecret))) return undefined;
    const { connection, status, outcome, needsSignal } = attempt;
    if (attempt.expired) return { attemptId, connection, status: 'expired', outcome: EXPIRED, needsSignal: false };
    return { attemptId, connection, status, outcome, needsSignal };
  },

  /** Remembers that the connection's workflow was told. */
  async markSignalled(attemptId: string): Promise<void> {
    await pool.query('UPDATE mooring.authorization_attempt SET signalled_at = now() WHERE id = $1', [attemptId]);
  },

  /** Returns the attempts of a connection whose code waits to be exchanged, oldest first: what a rebuilt workflow has to catch up. */
  async waiting(connection: string): Promise<readonly string[]> {
    const { rows } = await pool.query<{ id: string }>(
      `SELECT a.id FROM mooring.authorization_attempt a JOIN mooring.connection c ON c.id = a.connection_id
        WHERE c.name = $1 AND c.state <> 'destroyed' AND a.status = 'consent_received' ORDER BY a.created_at`,
      [connection],
    );
    return rows.map((row) => row.id);
  },
});
