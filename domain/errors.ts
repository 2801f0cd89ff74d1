/**
 * What must happen next; decides whether Temporal retries.
 *
 * `wait`: try again later, by itself. `reauthorize`: a person must consent again. `fix-config`: the YAML, the environment or the
 * org's settings must change. `skip-row`: the row is a reject. `pause`: the run waits, by a timer of its workflow, and goes on by itself. `restart`: the run reads anew, by itself, a few times. `report-bug`: retried
 * a few times, then the run fails.
 */
export type Recovery = 'wait' | 'reauthorize' | 'fix-config' | 'skip-row' | 'pause' | 'restart' | 'report-bug';

/** Every failure this product can name. `docs/errors.md` has one heading per key (tested). */
export const ERRORS = {
  // Salesforce
  SF_UNREACHABLE: 'wait',
  SF_SERVER_ERROR: 'wait',
  SF_ANSWER_LOST: 'wait',
  SF_RATE_LIMITED: 'wait',
  SF_DAILY_LIMIT: 'wait',
  SF_BUDGET_SPENT: 'pause',
  SF_SESSION_EXPIRED: 'wait',
  SF_SESSION_REFUSED: 'fix-config',
  SF_PAGE_INCOMPLETE: 'wait',
  SF_PAGE_UNREADABLE: 'report-bug',
  SF_BULK_JOB_RUNNING: 'wait',
  SF_PAGE_PENDING: 'wait',
  SF_BULK_JOB_FAILED: 'fix-config',
  SF_GRANT_LOST: 'reauthorize',
  SF_CONSENT_REFUSED: 'reauthorize',
  SF_CLIENT_REFUSED: 'fix-config',
  SF_REPLY_UNTRUSTED: 'fix-config',
  SF_FORBIDDEN: 'fix-config',
  SF_OBJECT_UNKNOWN: 'fix-config',
  SF_FIELD_UNKNOWN: 'fix-config',
  SF_QUERY_REFUSED: 'fix-config',
  SF_CURSOR_LOST: 'restart',
  // Our own state
  CONNECTION_UNKNOWN: 'fix-config',
  CONNECTION_NOT_AUTHORIZED: 'reauthorize',
  CONNECTION_BOUND_ELSEWHERE: 'reauthorize',
  CONNECTION_BUSY: 'wait',
  APPLY_BUSY: 'wait',
  TABLE_BUSY: 'wait',
  CONNECTION_ROWS_REMAIN: 'fix-config',
  JOB_UNKNOWN: 'fix-config',
  JOB_RUNNING: 'wait',
  ORG_BUSY: 'wait',
  REAUTHORIZATION_AWAITED: 'wait',
  ATTEMPT_UNKNOWN: 'reauthorize',
  ATTEMPT_EXPIRED: 'reauthorize',
  API_TOKEN_UNKNOWN: 'fix-config',
  TOKEN_BUSY: 'wait',
  FENCED: 'skip-row',
  RUN_LOST: 'report-bug',
  RUN_UNKNOWN: 'report-bug',
  // Surroundings
  PG_UNREACHABLE: 'wait',
  PG_PAGE_REFUSED: 'fix-config',
  PG_NOT_MIGRATED: 'fix-config',
  PG_TOO_OLD: 'fix-config',
  KEY_MISSING: 'fix-config',
  KEY_WRONG: 'fix-config',
  SECRET_MISSING: 'fix-config',
  MAIL_UNREACHABLE: 'wait',
  MAIL_REFUSED: 'fix-config',
  MAIL_NOT_SET_UP: 'fix-config',
  TEMPORAL_UNREACHABLE: 'wait',
  TEMPORAL_NOT_FOUND: 'fix-config',
  SERVICE_FAILED: 'fix-config',
  PORT_TAKEN: 'fix-config',
  ALREADY_RUNNING: 'fix-config',
  NO_WORKER: 'fix-config',
  REFUSED: 'fix-config',
  CONFIG_INVALID: 'fix-config',
  SNAPSHOT_UNUSABLE: 'fix-config',
  USAGE: 'fix-config',
} as const satisfies Record<string, Recovery>;

export type ErrorCode = keyof typeof ERRORS;

export interface MooringErrorOptions extends ErrorOptions {
  /** Milliseconds after which trying again makes sense; only for codes that `wait`. */
  readonly retryAfterMs?: number | undefined;
}

/** The one error class. The message is a full sentence that names the thing, the value and the way out; it never holds a secret. */
export class MooringError extends Error {
  override readonly name = 'MooringError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, { retryAfterMs, ...options }: MooringErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
