import { ApplicationFailure } from '@temporalio/workflow';
import { problemOfDryRun, type DryRun } from '../domain/dry-run.ts';
import { dryRunJob } from './connection-activities.ts';
import type { Entity } from './connection-entity.ts';
import type { DryRunChoice } from './messages.ts';
import { runEndOf } from './run-end.ts';

/** Throws the sentence that says what is wrong with the message: somebody may have typed it. */
export function assertMayDryRun(choice: unknown): void {
  const problem = problemOfDryRun(choice ?? {});
  if (problem !== undefined) throw ApplicationFailure.nonRetryable(`${problem} {"job": "…", "rows": 1000}`, 'REFUSED');
}

/** Has a worker load the first rows of a job and take them back. */
export async function dryRun({ input }: Entity, { job, rows }: DryRunChoice): Promise<DryRun> {
  try {
    return await dryRunJob({ connection: input.connection, job, rows });
  } catch (error) {
    const { errorCode, errorMessage } = runEndOf(error);
    throw ApplicationFailure.nonRetryable(errorMessage, errorCode);
  }
}
