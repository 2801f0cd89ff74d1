import type { RunSummary } from '../domain/run.ts';
import type { JobInput, Progress } from './job-input.ts';
import { runJob } from './run-job.ts';

/** Runs one job: Contact → person and company_person. */
export const companyPersonSync = (input: JobInput, carried?: Progress): Promise<RunSummary> => runJob(input, carried);
