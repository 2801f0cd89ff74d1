import type { AttemptStatus, ConsentOutcome } from '../../domain/consent.ts';
import type { Client, Pool } from './pool.ts';

/** The newest authorization attempt of a connection. */
export interface LastAttempt {
  readonly attemptId: string;
  readonly status: AttemptStatus;
  readonly createdAt: Date;
  /** Null until it has ended. */
  readonly outcome: ConsentOutcome | null;
}

/** Returns the newest attempts of connections, by the connection's id; of one, or all. A connection nobody tried to authorize has none. */
export async function readLastAttempts(
  client: Pool | Client,
  connectionId?: string,
): Promise<ReadonlyMap<string, LastAttempt>> {
  const { rows } = await client.query<LastAttempt & { connection_id: string }>(
    `SELECT DISTINCT ON (connection_id) connection_id, id AS "attemptId", status, created_at AS "createdAt", outcome
       FROM mooring.authorization_attempt WHERE $1::uuid IS NULL OR connection_id = $1
      ORDER BY connection_id, created_at DESC, id`,
    [connectionId ?? null],
  );
  return new Map(rows.map(({ connection_id: id, ...attempt }) => [id, attempt]));
}
