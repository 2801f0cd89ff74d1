import { activityInfo, ApplicationFailure, CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailureCategory, TemporalFailure } from '@temporalio/common';
import { ERRORS, MooringError, type ErrorCode } from '../domain/errors.ts';

/** What we cannot name is repeated this often, then given up: a job must never stall silently. */
const MOST_ATTEMPTS_OF_UNKNOWN = 10;

const currentAttempt = (): number => {
  try {
    return activityInfo().attempt;
  } catch {
    return 1; // outside of an activity
  }
};

/**
 * Does this say that PostgreSQL cannot be used at the moment? Then trying again is right for as long as it takes.
 * Classes 08 (connection) and 53 (resources), shutdown and start-up, and what the driver says without a code.
 */
function isOutage(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOutage);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  if (/^(08|53)\w{3}$|^57P0[123]$|^E(CONNREFUSED|CONNRESET|PIPE|HOSTUNREACH|TIMEDOUT)$/.test(code)) return true;
  return /^Connection terminated|^timeout exceeded when trying to connect/.test(error.message);
}

/** Messages of the database driver quote rows and statements; its code is enough to look the cause up. */
const isDatabaseError = (error: Error): error is Error & { readonly code: string } =>
  'severity' in error && 'code' in error && typeof error.code === 'string';

function describeUnknown(error: unknown): { readonly type: string; readonly message: string } {
  if (!(error instanceof Error)) return { type: 'UNKNOWN', message: 'Something that is not an error was thrown.' };
  if (isDatabaseError(error))
    return { type: `SQLSTATE_${error.code}`, message: `PostgreSQL refused a statement with SQLSTATE "${error.code}".` };
  return { type: error.name, message: error.message };
}

/**
 * Turns an error into the only error class Temporal lets us throw.
 *
 * `type` is the error code, so workflows branch on `failure.type`, never on a message. Whether to retry is read from the table of
 * codes; an error that says when to try again is BENIGN: waiting is no fault, and raises no alarm. What we cannot name is retried a
 * few times. Causes stay behind: event history is readable by many, and a vendor's words may hold a row.
 */
export function toFailure(error: unknown, attempt = currentAttempt()): unknown {
  const isTemporals = error instanceof TemporalFailure || error instanceof CompleteAsyncError;
  if (isTemporals || (error instanceof Error && error.name === 'AbortError')) return error;

  if (isOutage(error)) {
    const type: ErrorCode = 'PG_UNREACHABLE';
    return withStackOf(
      error,
      ApplicationFailure.create({ type, message: 'PostgreSQL does not answer at the moment.' }),
    );
  }
  if (!(error instanceof MooringError)) {
    const nonRetryable = attempt >= MOST_ATTEMPTS_OF_UNKNOWN;
    return withStackOf(error, ApplicationFailure.create({ ...describeUnknown(error), nonRetryable }));
  }
  const recovery = ERRORS[error.code];
  const isWaiting = recovery === 'wait' && error.retryAfterMs !== undefined;
  return withStackOf(
    error,
    ApplicationFailure.create({
      type: error.code,
      message: error.message,
      nonRetryable: recovery === 'report-bug' ? attempt >= MOST_ATTEMPTS_OF_UNKNOWN : recovery !== 'wait',
      ...(isWaiting ? { nextRetryDelay: error.retryAfterMs, category: ApplicationFailureCategory.BENIGN } : {}),
    }),
  );
}

/** Keeps where it happened, without the words, which `describeUnknown` may have replaced. */
function withStackOf(error: unknown, failure: ApplicationFailure): ApplicationFailure {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  failure.stack = [`${failure.name}: ${failure.message}`, ...frames].join('\n');
  return failure;
}
