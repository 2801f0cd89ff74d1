import type { JobContext } from '../../activities/sync-ports.ts';
import type { ConnectionSpec } from '../../domain/connection-spec.ts';
import { MooringError } from '../../domain/errors.ts';
import type { JobSpec } from '../../domain/job-spec.ts';
import type { ConnectionState } from '../../domain/lifecycle.ts';
import type { RunStatus } from '../../domain/run.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';

/** One line of the job list. */
export interface JobListing {
  readonly connection: string;
  readonly job: string;
  readonly title: string;
  readonly kind: string;
  readonly source: string;
  readonly destination: string;
  readonly status: string;
  readonly statusReason?: string;
  readonly lastRunStatus?: RunStatus;
  readonly lastRunOn?: string;
  /** Rows that wait to be loaded, whichever run rejected them. */
  readonly openRejects: number;
  readonly scheduleType: string;
}

/** A watermark that leaves nothing out: older than any record. Not absent, since a first run asks for no deleted rows. */
const EVERYTHING = '1970-01-01T00:00:00Z';

const scheduleType = (spec: ConnectionSpec, job: JobSpec): string => {
  const chain = spec.chains.find(({ jobs }) => jobs.includes(job.name));
  if (chain) return `chain ${chain.name}`;
  return job.schedule === undefined ? 'on demand' : (job.schedule.cron ?? `every ${job.schedule.every ?? ''}`);
};

export interface SavedJobs {
  /** Of the connection; kept with each new revision of a job. */
  readonly connectionRevision?: number;
  /** Jobs whose next run has to read everything again; they get a new revision in any case, by which the runs before are told apart. */
  readonly rereads?: readonly string[];
}

/**
 * Stores the jobs of an applied specification, with a new revision for each that changed, within a transaction of the caller's.
 * Jobs that left the files are marked `removed`; their rows, runs and watermarks stay. Safe to repeat.
 */
export async function saveJobs(
  client: Client,
  connectionId: string,
  spec: ConnectionSpec,
  { connectionRevision, rereads = [] }: SavedJobs = {},
): Promise<void> {
  for (const job of spec.jobs) {
    const status = job.enabled ? 'available' : 'disabled';
    const { rows } = await client.query<{ revision: number }>(
      `INSERT INTO mooring.job AS j (connection_id, name, kind, title, spec, revision, status) VALUES ($1, $2, $3, $4, $5, 1, $6)
       ON CONFLICT (connection_id, name) DO UPDATE SET kind = excluded.kind, title = excluded.title, spec = excluded.spec,
         revision = CASE WHEN j.spec = excluded.spec AND NOT $7 THEN j.revision ELSE j.revision + 1 END,
         status = CASE WHEN j.status = 'unavailable' AND excluded.status = 'available' THEN j.status ELSE excluded.status END,
         status_reason = CASE WHEN j.status = 'unavailable' AND excluded.status = 'available' THEN j.status_reason END, updated_at = now()
       RETURNING revision`,
      [connectionId, job.name, job.kind, job.title, JSON.stringify(job), status, rereads.includes(job.name)],
    );
    await client.query(
      `INSERT INTO mooring.job_revision (connection_id, job_name, revision, spec, connection_revision) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING`,
      [connectionId, job.name, rows[0]?.revision ?? 1, JSON.stringify(job), connectionRevision],
    );
  }
  await client.query(
    `UPDATE mooring.job SET status = 'removed', status_reason = NULL, updated_at = now()
     WHERE connection_id = $1 AND status <> 'removed' AND name <> ALL ($2)`,
    [connectionId, spec.jobs.map(({ name }) => name)],
  );
  await client.query('UPDATE mooring.job SET reread_revision = revision WHERE connection_id = $1 AND name = ANY ($2)', [
    connectionId,
    rereads,
  ]);
}

export function createJobs(pool: Pool) {
  return {
    /** See {@link saveJobs}. */
    save: (connectionId: string, spec: ConnectionSpec): Promise<void> =>
      inTransaction(pool, (client) => saveJobs(client, connectionId, spec)),

    /** @throws CONNECTION_UNKNOWN or JOB_UNKNOWN when there is no such job */
    async context(connection: string, jobName: string): Promise<JobContext> {
      const { rows } = await pool.query<{
        id: string;
        state: ConnectionState;
        spec: ConnectionSpec;
        job: JobSpec | null;
        revision: number | null;
        modstamp: Date | null;
        watermark_revision: number | null;
      }>(
        `SELECT c.id, c.state, c.spec, j.spec AS job, j.revision,
           CASE WHEN w.revision < j.reread_revision THEN '${EVERYTHING}' ELSE w.modstamp END AS modstamp, w.revision AS watermark_revision
         FROM mooring.connection AS c
         LEFT JOIN mooring.job AS j ON j.connection_id = c.id AND j.name = $2 AND j.status <> 'removed'
         LEFT JOIN mooring.watermark AS w ON w.connection_id = c.id AND w.job_name = $2
         WHERE c.name = $1 AND c.state <> 'destroyed'`,
        [connection, jobName],
      );
      const [row] = rows;
      if (!row)
        throw new MooringError('CONNECTION_UNKNOWN', `There is no connection "${connection}". Apply its YAML first.`);
      if (row.job === null || row.revision === null) {
        const known = row.spec.jobs.map(({ name }) => `"${name}"`).join(', ');
        throw new MooringError(
          'JOB_UNKNOWN',
          `Connection "${connection}" has no job "${jobName}". Its jobs: ${known}.`,
        );
      }
      return {
        connectionId: row.id,
        connectionState: row.state,
        schema: row.spec.schema,
        companyResolution: row.spec.companyResolution,
        job: row.job,
        revision: row.revision,
        ...(row.modstamp ? { watermark: row.modstamp.toISOString() } : {}),
        ...(row.watermark_revision === null ? {} : { watermarkRevision: row.watermark_revision }),
        upsertKeys: Object.fromEntries(row.spec.jobs.map(({ target, upsertKey }) => [target.table, upsertKey])),
      };
    },

    /** Names of all jobs that a connection has or had, and ids of the syncs whose runs are open. */
    async open(connectionId: string): Promise<{ readonly jobs: readonly string[]; readonly syncs: readonly string[] }> {
      const jobs = await pool.query<{ name: string }>(
        'SELECT name FROM mooring.job WHERE connection_id = $1 ORDER BY name',
        [connectionId],
      );
      const syncs = await pool.query<{ sync_id: string }>(
        `SELECT DISTINCT sync_id FROM mooring.run WHERE connection_id = $1 AND status = 'running' AND sync_id IS NOT NULL`,
        [connectionId],
      );
      return { jobs: jobs.rows.map(({ name }) => name), syncs: syncs.rows.map((row) => row.sync_id) };
    },

    /** Notes that the org lacks what the job reads, or has it again. */
    async setStatus(
      connectionId: string,
      job: string,
      status: 'available' | 'unavailable',
      reason?: string,
    ): Promise<void> {
      await pool.query(
        `UPDATE mooring.job SET status = $3, status_reason = $4, updated_at = now()
         WHERE connection_id = $1 AND name = $2 AND status IN ('available', 'unavailable') AND (status, status_reason) IS DISTINCT FROM ($3, $4)`,
        [connectionId, job, status, reason],
      );
    },

    /** All jobs that are in the files, of one connection or of all, with their last runs. */
    async list(connection?: string): Promise<JobListing[]> {
      const { rows } = await pool.query<{
        connection: string;
        spec: ConnectionSpec;
        job: JobSpec;
        status: string;
        status_reason: string | null;
        last_status: RunStatus | null;
        last_on: Date | null;
        open_rejects: string;
      }>(
        `SELECT c.name AS connection, c.spec, j.spec AS job, j.status, j.status_reason, r.status AS last_status, r.started_at AS last_on,
           (SELECT count(*) FROM mooring.rejected_row AS x WHERE x.connection_id = c.id AND x.job_name = j.name) AS open_rejects
         FROM mooring.connection AS c JOIN mooring.job AS j ON j.connection_id = c.id AND j.status <> 'removed'
         LEFT JOIN LATERAL (SELECT status, started_at FROM mooring.run AS r WHERE r.connection_id = c.id AND r.job_name = j.name
           ORDER BY started_at DESC LIMIT 1) AS r ON true
         WHERE c.state <> 'destroyed' AND ($1::text IS NULL OR c.name = $1) ORDER BY c.name`,
        [connection],
      );
      const order = (row: (typeof rows)[number]): number =>
        row.spec.jobs.findIndex(({ name }) => name === row.job.name);
      return rows
        .sort((a, b) => a.connection.localeCompare(b.connection) || order(a) - order(b))
        .map(({ spec, job, ...row }) => ({
          connection: row.connection,
          job: job.name,
          title: `${job.title}_${row.connection}`,
          kind: job.kind,
          source: job.source.object ?? 'describe',
          destination: `${spec.schema}.${job.target.table}`,
          status: row.status,
          ...(row.status_reason === null ? {} : { statusReason: row.status_reason }),
          ...(row.last_status === null ? {} : { lastRunStatus: row.last_status }),
          ...(row.last_on === null ? {} : { lastRunOn: row.last_on.toISOString() }),
          openRejects: Number(row.open_rejects),
          scheduleType: scheduleType(spec, job),
        }));
    },
  };
}
