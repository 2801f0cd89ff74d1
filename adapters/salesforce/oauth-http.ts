import { Agent } from 'undici';
import { MooringError } from '../../domain/errors.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** For the whole answer; a worker's exchange with all its repeated reads must end within two minutes. */
const TIMEOUT_MS = { GET: 8_000, POST: 15_000 } as const;
/** An OAuth answer is some kilobytes; what is longer is none. */
const LONGEST_ANSWER_BYTES = 1024 * 1024;

export interface OAuthRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Form fields of a POST. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as a bearer token. */
  readonly accessToken?: string;
}

export interface OAuthAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

/**
 * Sends one request to Salesforce's OAuth endpoints and returns its answer, whatever the status. Never repeats it: codes and rotated
 * refresh tokens are single use.
 *
 * Not jsforce's transport, which gives no status code, waits up to 30 minutes and keeps connections alive. Each request has a
 * connection of its own, so that what went wrong before it stood is known not to have been sent.
 *
 * @param doing - what is being done, as the subject of a sentence: `Refreshing the access token`
 * @throws SF_UNREACHABLE when nothing was sent, SF_ANSWER_LOST when something may have been
 */
export async function sendOAuthRequest(
  { method, url, form, accessToken }: OAuthRequest,
  doing: string,
): Promise<OAuthAnswer> {
  const agent = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, connections: 1, pipelining: 0 });
  let isConnected = false;
  agent.on('connect', () => (isConnected = true));
  const { origin, pathname, search } = new URL(url);
  try {
    const { statusCode, headers, body } = await agent.request({
      method,
      origin,
      path: `${pathname}${search}`,
      headers: {
        accept: 'application/json',
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
      },
      body: form === undefined ? null : new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(TIMEOUT_MS[method]),
    });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > LONGEST_ANSWER_BYTES) throw new Error('the answer is longer than 1 MB');
      chunks.push(chunk);
    }
    const location = headers['location'];
    return {
      status: statusCode,
      location: typeof location === 'string' ? location : undefined,
      text: Buffer.concat(chunks).toString('utf8'),
    };
  } catch (error) {
    throw lost(error, { isConnected, doing, origin });
  } finally {
    await agent.destroy();
  }
}

function lost(
  error: unknown,
  { isConnected, doing, origin }: { isConnected: boolean; doing: string; origin: string },
): MooringError {
  const reason = error instanceof Error ? ('code' in error ? String(error.code) : error.message) : 'unknown';
  if (isConnected) {
    return new MooringError(
      'SF_ANSWER_LOST',
      `${doing} was sent to "${origin}", and its answer did not arrive (${reason}).`,
    );
  }
  return new MooringError('SF_UNREACHABLE', `${doing} could not reach "${origin}" (${reason}). Nothing was sent.`);
}
