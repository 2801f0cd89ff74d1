import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { RunEnd } from '../activities/sync-ports.ts';
import type { ErrorCode } from '../domain/errors.ts';

/** Turns what ended a job into the end of its run: a code and a sentence, never a stack. */
export function runEndOf(error: unknown): Required<RunEnd> {
  if (isCancellation(error)) {
    return { status: 'cancelled', errorCode: 'CANCELLED', errorMessage: 'The run was cancelled.' };
  }
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    if (cause.type === 'FENCED') return { status: 'cancelled', errorCode: 'FENCED', errorMessage: cause.message };
    return { status: 'failed', errorCode: cause.type ?? 'UNKNOWN', errorMessage: cause.message };
  }
  return {
    status: 'failed',
    errorCode: 'UNKNOWN',
    errorMessage: cause instanceof Error ? cause.message : 'The run failed.',
  };
}

/** Did an activity end with this code? */
export const isFailureOf = (error: unknown, code: ErrorCode): boolean =>
  error instanceof ActivityFailure && error.cause instanceof ApplicationFailure && error.cause.type === code;

/** What went wrong, as a sentence to show. */
export const sentenceOf = (error: unknown): string => runEndOf(error).errorMessage;
