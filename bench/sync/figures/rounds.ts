import type { Pool } from '../../../adapters/postgres/pool.ts';
import { PAIRS } from '../measure.ts';
import { checkpoint, type Connected, type Ran } from '../world.ts';

/** Lines of the report. */
export type Lines = readonly string[];

/** The job that most figures are about. */
export const COMPANIES = ['company-sync'] as const;
/** Rows that a job of a run has read. */
export const rowsOf = ({ jobs }: Ran, job: string): number => jobs.find((ended) => ended.job === job)?.read ?? 0;

/** Does a round of measurements as often as each pair is repeated. */
export async function repeat<T>(work: (round: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < PAIRS; round += 1) results.push(await work(round));
  return results;
}

/** What runs took, without the org. */
export const seconds = (runs: readonly Ran[]): number[] => runs.map((run) => run.seconds);
/** What the org took for them. */
export const orgSeconds = (runs: readonly Ran[]): number[] => runs.map((run) => run.orgSeconds);

/** A table like the companies', outside of the model. Returns its name. */
export async function bareTable(pool: Pool, { schema }: Connected): Promise<string> {
  await pool.query(`DROP TABLE IF EXISTS bare_target; CREATE TABLE bare_target (LIKE ${schema}.company INCLUDING ALL)`);
  await checkpoint(pool);
  return 'bare_target';
}
