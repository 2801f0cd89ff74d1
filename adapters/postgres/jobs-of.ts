import type { JobSpec } from '../../domain/job-spec.ts';
import type { Client } from './pool.ts';

/** The jobs of a connection, by name. */
export async function jobsOf(client: Client, connectionId: string): Promise<JobSpec[]> {
  const { rows } = await client.query<{ spec: JobSpec }>(
    `SELECT spec FROM mooring.job WHERE connection_id = $1 AND status <> 'removed' ORDER BY name`,
    [connectionId],
  );
  return rows.map(({ spec }) => spec);
}
