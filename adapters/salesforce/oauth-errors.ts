import { MooringError, type ErrorCode } from '../../domain/errors.ts';
import type { OAuthAnswer } from './oauth-http.ts';

/** What is being asked of the token endpoint; the same `invalid_grant` means another thing for each. */
export type TokenRequest = 'exchange' | 'refresh' | 'revoke';

/** Salesforce limits the logins of a user per hour; a few minutes is when asking again may help. */
const LOGIN_RATE_PAUSE_MS = 5 * 60_000;

/** Salesforce's `error` → ours. `grant` is what a dead grant is called for the request at hand. What is not listed is refused for good. */
const CODES: Readonly<Record<string, ErrorCode | 'grant'>> = {
  invalid_grant: 'grant',
  inactive_user: 'grant',
  inactive_org: 'grant',
  rate_limit_exceeded: 'SF_RATE_LIMITED',
  unknown_error: 'SF_SERVER_ERROR',
  server_error: 'SF_SERVER_ERROR',
  temporarily_unavailable: 'SF_SERVER_ERROR',
};

const DEAD_GRANT: Readonly<Record<TokenRequest, ErrorCode>> = {
  exchange: 'SF_CONSENT_REFUSED',
  refresh: 'SF_GRANT_LOST',
  revoke: 'SF_GRANT_LOST',
};

/** What to do about the errors that a person can mend. */
const ADVICE: Readonly<Record<string, string>> = {
  invalid_client_id: 'Check the client id; a new app takes about ten minutes to be known.',
  invalid_client: 'Check the client secret.',
  redirect_uri_mismatch: 'Add this server’s callback address, exactly as shown by "mooring authorize", to the app.',
  invalid_app_access: 'An administrator of the org has to approve the user for the app (permission set or profile).',
  invalid_scope: 'Allow the scopes "api refresh_token id" for the app.',
  unauthorized_client: 'Allow the authorization code flow and the refresh token flow for the app.',
  inactive_user: 'The user was deactivated; authorize with another one.',
  inactive_org: 'The org is locked or was removed.',
  invalid_grant: 'Ask for a new link and consent again.',
};

interface ErrorBody {
  readonly error: string;
  readonly description: string | undefined;
}

function parseError(text: string): ErrorBody | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    const form = new URLSearchParams(text); // the revoke endpoint has answered in this form too
    body = { error: form.get('error') ?? undefined, error_description: form.get('error_description') ?? undefined };
  }
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  if (typeof body.error !== 'string' || !/^\w{1,64}$/.test(body.error)) return undefined;
  const description = 'error_description' in body ? body.error_description : undefined;
  return { error: body.error, description: typeof description === 'string' ? description.slice(0, 120) : undefined };
}

/**
 * Returns the error that an answer other than 200 is.
 *
 * Only a 400-class answer with a readable `error` is final. A 5xx, a page of HTML or a 429 passes by itself, and must never cost a
 * connection its grant.
 *
 * @param doing - what was asked, as the subject of a sentence
 */
export function namedOAuthError({ status, text }: OAuthAnswer, request: TokenRequest, doing: string): MooringError {
  if (status === 429) {
    return new MooringError('SF_RATE_LIMITED', `${doing} met a rate limit (HTTP 429).`, {
      retryAfterMs: LOGIN_RATE_PAUSE_MS,
    });
  }
  const answer = status >= 400 && status < 500 ? parseError(text) : undefined;
  if (answer === undefined) {
    return status >= 300 && status < 400
      ? new MooringError(
          'SF_CLIENT_REFUSED',
          `${doing} was redirected (HTTP ${status}). Set the org to its My Domain address.`,
        )
      : new MooringError('SF_SERVER_ERROR', `${doing} failed at Salesforce (HTTP ${status}).`);
  }
  const listed = Object.hasOwn(CODES, answer.error) ? CODES[answer.error] : undefined;
  const code = listed === 'grant' ? DEAD_GRANT[request] : (listed ?? 'SF_CLIENT_REFUSED');
  const said = answer.description === undefined ? `"${answer.error}"` : `"${answer.error}" (${answer.description})`;
  const advice =
    (Object.hasOwn(ADVICE, answer.error) ? ADVICE[answer.error] : undefined) ??
    'See the error in the Salesforce documentation.';
  const options = code === 'SF_RATE_LIMITED' ? { retryAfterMs: LOGIN_RATE_PAUSE_MS } : {};
  return new MooringError(code, `${doing} was refused by Salesforce with ${said}. ${advice}`, options);
}
