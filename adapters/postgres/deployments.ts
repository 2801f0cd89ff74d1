import type { ConnectionSpec } from '../../domain/connection-spec.ts';
import { MooringError } from '../../domain/errors.ts';
import type { JobSpec } from '../../domain/job-spec.ts';
import type { ConnectionState } from '../../domain/lifecycle.ts';
import { desiredSchedules } from '../../domain/schedules.ts';
import type { DeclaredIn, Provenance } from '../../domain/provenance.ts';
import { recordAudit } from './audit.ts';
import { findOrThrow, saveConnection, type SavedConnection } from './connections.ts';
import { saveJobs } from './jobs.ts';
import { inTransaction, type Pool } from './pool.ts';

/** A connection with all that a plan compares its files with. */
export interface Deployment {
  readonly name: string;
  readonly spec: ConnectionSpec;
  readonly state: ConnectionState;
  readonly revision: number;
  readonly isOrphaned: boolean;
  readonly declaredIn: DeclaredIn | null;
  /** Jobs that left the files. */
  readonly removedJobs: readonly JobSpec[];
}

/** One applied version of a connection. */
export interface AppliedRevision {
  readonly revision: number;
  readonly spec: ConnectionSpec;
  readonly appliedAt: Date;
  readonly appliedBy: string;
  readonly commit: string | null;
  readonly author: string | null;
  readonly isDirty: boolean | null;
  readonly rolledBackTo: number | null;
}

export interface Applied {
  readonly spec: ConnectionSpec;
  /** Jobs whose next run has to read everything again. */
  readonly rereads: readonly string[];
  readonly provenance: Provenance;
}

/** Reads and writes what was applied. */
export const createDeployments = (pool: Pool) => ({
  /** Returns every connection that is not destroyed, by name, in one query. */
  async list(): Promise<readonly Deployment[]> {
    const { rows } = await pool.query<Deployment>(
      `SELECT c.name, c.spec, c.state, c.revision, c.orphaned_at IS NOT NULL AS "isOrphaned", c.declared_in AS "declaredIn",
         ARRAY(SELECT j.spec FROM mooring.job AS j WHERE j.connection_id = c.id AND j.status = 'removed') AS "removedJobs"
       FROM mooring.connection AS c WHERE c.state <> 'destroyed' ORDER BY c.name`,
    );
    return rows;
  },

  /**
   * Stores a connection, its jobs and the revision that they make, in one transaction: a crash leaves all of it or nothing.
   * Safe to repeat: an equal specification makes no revision.
   */
  store: ({ spec, rereads, provenance }: Applied): Promise<SavedConnection> =>
    inTransaction(pool, async (client) => {
      const saved = await saveConnection(client, spec, provenance.appliedBy);
      const { connectionId, revision } = saved;
      await saveJobs(client, connectionId, spec, { connectionRevision: revision, rereads });
      const { appliedBy, commit, author, isDirty, rolledBackTo } = provenance;
      await client.query(
        `INSERT INTO mooring.connection_revision (connection_id, revision, spec, applied_by, git_commit, git_author, git_is_dirty, rolled_back_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
        [connectionId, revision, JSON.stringify(spec), appliedBy, commit, author, isDirty, rolledBackTo],
      );
      const { rowCount } = await client.query(
        'UPDATE mooring.connection SET orphaned_at = NULL WHERE id = $1 AND orphaned_at IS NOT NULL',
        [connectionId],
      );
      if (rowCount === 1)
        await recordAudit(client, { connectionId, actor: appliedBy, event: 'connection_declared_again' });
      return saved;
    }),

  /** Notes where connections are declared, by name, so that only files of that place can say that one is gone. One statement for all. */
  async locate(places: ReadonlyMap<string, DeclaredIn>): Promise<void> {
    await pool.query(
      `UPDATE mooring.connection AS c SET declared_in = p.value FROM jsonb_each($1::jsonb) AS p
       WHERE c.name = p.key AND c.state <> 'destroyed' AND c.declared_in IS DISTINCT FROM p.value`,
      [JSON.stringify(Object.fromEntries(places))],
    );
  },

  /** Notes that a connection is no longer in the files. Safe to repeat. */
  orphan: (name: string, actor: string): Promise<void> =>
    inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ id: string }>(
        `UPDATE mooring.connection SET orphaned_at = now() WHERE name = $1 AND state <> 'destroyed' AND orphaned_at IS NULL RETURNING id`,
        [name],
      );
      for (const { id } of rows) await recordAudit(client, { connectionId: id, actor, event: 'connection_orphaned' });
    }),

  /** Returns the ids of the schedules that a connection had under the revision before its current one. */
  async formerSchedules(name: string): Promise<readonly string[]> {
    const { rows } = await pool.query<{ spec: ConnectionSpec }>(
      `SELECT r.spec FROM mooring.connection AS c JOIN mooring.connection_revision AS r ON r.connection_id = c.id AND r.revision < c.revision
       WHERE c.name = $1 AND c.state <> 'destroyed' ORDER BY r.revision DESC LIMIT 1`,
      [name],
    );
    return rows.flatMap(({ spec }) => desiredSchedules(spec).map(({ id }) => id));
  },

  /** Returns the revisions of a connection, newest first. @throws CONNECTION_UNKNOWN */
  async history(name: string): Promise<readonly AppliedRevision[]> {
    const { connectionId } = await findOrThrow(pool, name);
    const { rows } = await pool.query<AppliedRevision>(
      `SELECT revision, spec, applied_at AS "appliedAt", applied_by AS "appliedBy", git_commit AS commit, git_author AS author,
         git_is_dirty AS "isDirty", rolled_back_to AS "rolledBackTo"
       FROM mooring.connection_revision WHERE connection_id = $1 ORDER BY revision DESC`,
      [connectionId],
    );
    return rows;
  },
});

const LOCK = `hashtextextended('mooring.apply', 0)`;

/**
 * Runs `work` while nobody else applies. The lock belongs to a session of its own, so that it goes with the process that held it.
 *
 * @param patienceMs - how long to wait for another apply to end
 * @throws APPLY_BUSY when it does not
 */
export async function whileApplying<T>(pool: Pool, patienceMs: number, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(`SET lock_timeout = ${Math.max(1, Math.trunc(patienceMs))}`);
    try {
      await client.query(`SELECT pg_advisory_lock(${LOCK})`);
    } catch (error) {
      throw new MooringError(
        'APPLY_BUSY',
        `Another apply has been at work for ${Math.ceil(patienceMs / 1000)} seconds. Nothing was changed; try again once it has ended.`,
        { cause: error },
      );
    }
    return await work();
  } finally {
    // Ends the session, and the lock with it.
    client.release(true);
  }
}
