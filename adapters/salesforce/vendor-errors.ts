import { MooringError, type ErrorCode } from '../../domain/errors.ts';

/** What a failed call tells: Salesforce answers `[{ errorCode, message }]`, gateways before it HTML. */
export interface VendorFailure {
  readonly status?: number;
  readonly errorCode?: string;
  readonly message: string;
  /** Seconds, from `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** Salesforce's name for a failure → ours. */
const BY_ERROR_CODE: Readonly<Record<string, ErrorCode>> = {
  INVALID_SESSION_ID: 'SF_SESSION_EXPIRED',
  INVALID_FIELD: 'SF_FIELD_UNKNOWN',
  INVALID_TYPE: 'SF_OBJECT_UNKNOWN',
  INVALIDENTITY: 'SF_QUERY_REFUSED',
  NOT_FOUND: 'SF_OBJECT_UNKNOWN',
  MALFORMED_QUERY: 'SF_QUERY_REFUSED',
  INVALID_QUERY_FILTER_OPERATOR: 'SF_QUERY_REFUSED',
  FUNCTIONALITY_NOT_ENABLED: 'SF_QUERY_REFUSED',
  QUERY_TOO_COMPLICATED: 'SF_QUERY_REFUSED',
  OPERATION_TOO_LARGE: 'SF_QUERY_REFUSED',
  API_ERROR: 'SF_QUERY_REFUSED',
  INVALID_QUERY_LOCATOR: 'SF_CURSOR_LOST',
  QUERY_TIMEOUT: 'SF_SERVER_ERROR',
  UNKNOWN_EXCEPTION: 'SF_SERVER_ERROR',
  SERVER_UNAVAILABLE: 'SF_SERVER_ERROR',
  API_DISABLED_FOR_ORG: 'SF_FORBIDDEN',
  API_CURRENTLY_DISABLED: 'SF_FORBIDDEN',
  INSUFFICIENT_ACCESS: 'SF_FORBIDDEN',
  FORBIDDEN: 'SF_FORBIDDEN',
  TXN_SECURITY_METERING_ERROR: 'SF_FORBIDDEN',
};

const CONCURRENT_RETRY_MS = 5_000;
/** The daily total is a rolling 24 hours: it frees by and by. */
const DAILY_RETRY_MS = 15 * 60_000;

/** Both limits share one code; only the words tell the one that passes in seconds from the one that takes hours. */
function limitOf({ message, retryAfterSeconds }: VendorFailure): { code: ErrorCode; retryAfterMs: number } {
  if (/TotalRequests/i.test(message)) return { code: 'SF_DAILY_LIMIT', retryAfterMs: DAILY_RETRY_MS };
  return {
    code: 'SF_RATE_LIMITED',
    retryAfterMs: retryAfterSeconds === undefined ? CONCURRENT_RETRY_MS : retryAfterSeconds * 1000,
  };
}

function codeOf({ status, errorCode }: VendorFailure): ErrorCode {
  const named = errorCode === undefined ? undefined : BY_ERROR_CODE[errorCode];
  if (named !== undefined) return named;
  if (status === 401) return 'SF_SESSION_EXPIRED';
  if (status === 403) return 'SF_FORBIDDEN';
  if (status === 404 || status === 410) return 'SF_OBJECT_UNKNOWN';
  // Salesforce said no, in words that we have not met: asking again changes nothing.
  if (status === undefined && errorCode !== undefined) return 'SF_QUERY_REFUSED';
  // 420 and 406 are what an org in maintenance answers.
  if (status === undefined || status >= 500 || status === 406 || status === 420) return 'SF_SERVER_ERROR';
  return 'SF_QUERY_REFUSED';
}

/** First words of a message, on one line: SOQL and values that a vendor echoes do not belong into a history. */
const briefly = (message: string): string => {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
};

/** Names a failure of Salesforce. `doing` begins the sentence: `Describing Account of "acme"`. */
export function vendorError(failure: VendorFailure, doing: string): MooringError {
  const isHtml = /^\s*</.test(failure.message);
  const words = isHtml ? 'the answer was a web page, not data (maintenance?)' : briefly(failure.message);
  const name = failure.errorCode ?? (failure.status === undefined ? 'no answer' : `HTTP ${failure.status}`);
  if (failure.errorCode === 'REQUEST_LIMIT_EXCEEDED' || failure.status === 429) {
    const { code, retryAfterMs } = limitOf(failure);
    return new MooringError(code, `${doing} has to wait: ${name}: ${words}`, { retryAfterMs });
  }
  const code = codeOf(failure);
  const retryAfterMs = failure.retryAfterSeconds === undefined ? undefined : failure.retryAfterSeconds * 1000;
  return new MooringError(code, `${doing} failed: ${name}: ${words}`, { retryAfterMs });
}

/** Reads Salesforce's error array out of a body, or takes the body as the message. */
export function failureOf(status: number, body: string, retryAfter: string | undefined): VendorFailure {
  const seconds = Number(retryAfter);
  const base = {
    status,
    ...(retryAfter !== undefined && Number.isFinite(seconds) ? { retryAfterSeconds: seconds } : {}),
  };
  try {
    const parsed: unknown = JSON.parse(body);
    const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (typeof first === 'object' && first !== null && 'message' in first && 'errorCode' in first) {
      return { ...base, errorCode: String(first.errorCode), message: String(first.message) };
    }
  } catch {
    // Not JSON: a gateway's page.
  }
  return { ...base, message: body };
}
