import type { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { Agent, request } from 'undici';
import { MooringError } from '../../domain/errors.ts';
import { failureOf, vendorError } from './vendor-errors.ts';

/** What a call to the org needs; handed out by the token lease, never stored by callers. */
export interface Session {
  readonly accessToken: string;
  readonly instanceUrl: string;
  /** As in `62.0`. */
  readonly apiVersion: string;
}

/** Hands a live session to `work`; refreshes the token and runs it once more when the session has expired. */
export type UseSession = <T>(connectionId: string, work: (session: Session) => Promise<T>) => Promise<T>;

/** Sessions that ask by another API version than the deployed one. */
export const atVersion =
  (use: UseSession, apiVersion: string): UseSession =>
  (connectionId, work) =>
    use(connectionId, (session) => work({ ...session, apiVersion }));

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

export interface HttpCall {
  /** Path below the instance, as `/services/data/v62.0/limits`. */
  readonly path: string;
  /** Begins the sentence of a failure: `Describing Account`. */
  readonly doing: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

// Not `fetch`: it takes a truncated gzip body for a whole one. Compressed bodies reach us as they are, and we unpack them strictly.
const agent = new Agent({
  connect: { timeout: 10_000 },
  // A query may run 120 s at Salesforce before the first byte.
  headersTimeout: 150_000,
  bodyTimeout: 60_000,
  keepAliveTimeout: 10_000,
});

const NETWORK_FAULTS = /^(ECONN|ENOTFOUND|EAI_|EPIPE|ETIMEDOUT|EHOST|ENET|UND_ERR)/;

/** A fault of the network, named; anything else unchanged. */
export function namedNetworkError(error: unknown, doing: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!NETWORK_FAULTS.test(code)) return error;
  return new MooringError(
    'SF_UNREACHABLE',
    `${doing} failed: Salesforce could not be reached or went silent (${code}).`,
    { cause: error },
  );
}

/** The body of a failure, which is short. Salesforce compresses it like any other. */
async function failureText(body: { bytes: () => Promise<Uint8Array> }, encoding: string | undefined): Promise<string> {
  const bytes = await body.bytes();
  return (encoding === 'gzip' ? gunzipSync(bytes) : Buffer.from(bytes)).toString('utf8');
}

/**
 * Sends one GET and returns the answer when it is a success or a 304.
 *
 * @throws SF_SESSION_EXPIRED on 401, and what `vendor-errors.ts` names on other failures
 */
export const get = (session: Session, call: HttpCall): Promise<HttpReply> => send(session, 'GET', call);

/** Sends one POST with a body of JSON; otherwise as {@link get}. */
export const post = (session: Session, call: HttpCall, body: object): Promise<HttpReply> =>
  send(
    session,
    'POST',
    { ...call, headers: { ...call.headers, 'content-type': 'application/json' } },
    JSON.stringify(body),
  );

async function send(
  session: Session,
  method: 'GET' | 'POST',
  { path, doing, headers, signal }: HttpCall,
  sent?: string,
): Promise<HttpReply> {
  let reply;
  try {
    reply = await request(new URL(path, session.instanceUrl), {
      dispatcher: agent,
      method,
      headers: { authorization: `Bearer ${session.accessToken}`, accept: 'application/json', ...headers },
      ...(sent === undefined ? {} : { body: sent }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    throw namedNetworkError(error, doing);
  }
  if (reply.statusCode < 300 || reply.statusCode === 304) {
    return { status: reply.statusCode, headers: reply.headers, body: reply.body };
  }
  const body = await failureText(reply.body, header(reply, 'content-encoding')).catch(() => '');
  const retryAfter = reply.headers['retry-after'];
  throw vendorError(failureOf(reply.statusCode, body, typeof retryAfter === 'string' ? retryAfter : undefined), doing);
}

export const header = ({ headers }: Pick<HttpReply, 'headers'>, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
};
