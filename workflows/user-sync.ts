import type { RunSummary } from '../domain/run.ts';
import type { JobInput, Progress } from './job-input.ts';
import { runJob } from './run-job.ts';

/** Runs one job: User → app_user. */
export const userSync = (input: JobInput, carried?: Progress): Promise<RunSummary> => runJob(input, carried);
