import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createFinishRun } from '../../adapters/postgres/finish-run.ts';
import { loadPage } from '../../adapters/postgres/load-page.ts';
import type { Pool } from '../../adapters/postgres/pool.ts';
import { createRuns } from '../../adapters/postgres/runs.ts';
import type { CompiledJob } from '../../domain/compiled-job.ts';
import { inLanes } from './in-lanes.ts';
import type { Connected } from './world.ts';

/** The plan by which a job's first load was carried out. */
export async function firstPlan(pool: Pool, { connectionId }: Connected, job: string): Promise<CompiledJob> {
  const { rows } = await pool.query<{ plan: CompiledJob }>(
    `SELECT plan FROM mooring.run WHERE connection_id = $1 AND job_name = $2 ORDER BY started_at LIMIT 1`,
    [connectionId, job],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`Job "${job}" has not run yet.`);
  return row.plan;
}

/** A job's run from local files: the statements of its pages, two at a time, and of its end; neither HTTP nor Temporal. */
export async function loadFiles(
  pool: Pool,
  connected: Connected,
  plan: CompiledJob,
  files: readonly string[],
): Promise<void> {
  const { connectionId } = connected;
  const job = 'company-sync';
  const runs = createRuns(pool);
  const run = await runs.begin({
    ...{ connectionId, job, plan, revision: 1, mode: 'full', workflowRunId: randomUUID(), apiCalls: 0 },
  });
  const { runId, fence, plan: stored = plan } = run;
  await runs.addPages(runId, files, 0);
  const [reading] = plan.readings;
  await inLanes(files, (file, page) =>
    loadPage(pool, {
      ...{ owner: { connectionId, job, runId }, fence, page, plan: stored },
      ...(reading === undefined ? {} : { reading }),
      content: { format: 'csv', open: () => Promise.resolve({ bytes: createReadStream(file) }) },
    }),
  );
  await createFinishRun(pool)(run, { status: 'success' });
}
