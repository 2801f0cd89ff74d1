import type { CompanyCard } from '../domain/company-card.ts';
import type { CompanyCandidate } from '../domain/company-resolution.ts';
import { isFresh, readCanvasRequest, type CanvasRequest } from '../domain/canvas-request.ts';
import { frameAncestorsOf } from '../domain/frame-ancestors.ts';
import type { ConnectionState } from '../domain/lifecycle.ts';
import { NAME_PATTERN } from '../domain/names.ts';
import type { WidgetConnection, WidgetPorts } from './ports.ts';
import { createRateLimit } from './rate-limit.ts';
import { openSignedRequest, splitSignedRequest } from './signed-request.ts';

/** Somebody who clicks through Accounts, quickly; for each user of the org. */
const LIMIT = { perSecond: 5, burst: 60 } as const;

/** First characters of every Account's id. */
const ACCOUNT_PREFIX = '001';

/** What the widget answers. `reason` is for the log and never for the page. */
export type WidgetAnswer =
  /** Salesforce did not sign it for this connection: no detail, no frame. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It did, and may show the page in its own pages. */
  | (Framed & { readonly kind: 'company'; readonly card: CompanyCard })
  | (Framed & { readonly kind: 'several'; readonly candidates: readonly CompanyCandidate[] })
  | (Framed & {
      readonly kind: 'notice';
      readonly status: 200 | 403 | 429;
      readonly title: string;
      readonly text: string;
      readonly retryAfterSeconds?: number;
      readonly reason?: string;
    });

interface Framed {
  /** Origins. */
  readonly frameAncestors: readonly string[];
}

type Told = Omit<Extract<WidgetAnswer, { kind: 'notice' }>, 'kind' | 'frameAncestors'>;

const STALE: Told = {
  status: 403,
  title: 'Reload the page',
  text: 'This view was opened before, or too long ago. Reload the page in Salesforce.',
};

/** Why a connection that is bound shows nothing. */
const CLOSED: Readonly<Partial<Record<ConnectionState, string>>> = {
  revoked: 'The connection was revoked. Its team can authorize it again.',
  reauthorization_required: 'The connection must be authorized again before it shows anything.',
};

const refused = (reason: string): WidgetAnswer => ({ kind: 'refused', reason });

/** Returns a function that answers a signed request, for which Salesforce's own pages ask each time somebody opens an Account. */
export function createWidget(ports: WidgetPorts, now: () => number = Date.now) {
  const limit = createRateLimit(LIMIT);

  return async (name: string, posted: unknown): Promise<WidgetAnswer> => {
    const signed = new RegExp(NAME_PATTERN).test(name) ? splitSignedRequest(posted) : undefined;
    if (signed === undefined) return refused('malformed');
    const connection = await ports.find(name);
    if (connection === undefined) return refused('no connection with a widget');
    const envelope = openSignedRequest(signed, connection.clientSecret);
    if (envelope === undefined) return refused('the signature does not fit the consumer secret');
    const request = readCanvasRequest(envelope);
    if (request === undefined) return refused('the envelope is not one of Salesforce');
    const { orgId, instanceUrl } = connection;
    if (orgId === null || instanceUrl === null) return refused('the connection is not bound to an org yet');
    if (request.orgId !== orgId) return refused('the request is of another org');

    const frameAncestors = frameAncestorsOf(instanceUrl, connection.loginUrl);
    const tell = (told: Told): WidgetAnswer => ({ kind: 'notice', frameAncestors, ...told });
    const closed = closedBecause(connection);
    if (closed !== undefined) return tell(closed);
    if (!isFresh(request.issuedAt, now())) return tell({ ...STALE, reason: 'too old' });
    const waitSeconds = limit(`${connection.connectionId} ${request.userId}`);
    if (waitSeconds > 0) return tell(tooMany(waitSeconds));
    if (!(await ports.acceptOnce(connection.connectionId, signed.envelope))) {
      return tell({ ...STALE, reason: 'seen before' });
    }
    return show(ports, connection, request, { frameAncestors, tell });
  };
}

function closedBecause({ state }: WidgetConnection): Told | undefined {
  if (state === 'active') return undefined;
  const text = CLOSED[state] ?? 'The connection is not active.';
  return { status: 403, title: 'Not connected', text, reason: `the connection is ${state}` };
}

const tooMany = (retryAfterSeconds: number): Told => ({
  status: 429,
  title: 'Too many requests',
  text: `Reload the page in ${retryAfterSeconds} s.`,
  retryAfterSeconds,
});

interface Answering {
  readonly frameAncestors: readonly string[];
  readonly tell: (told: Told) => WidgetAnswer;
}

/** The company of the record, once the request is to be believed. */
async function show(
  ports: WidgetPorts,
  { name, connectionId, schema }: WidgetConnection,
  { recordId }: CanvasRequest,
  { frameAncestors, tell }: Answering,
): Promise<WidgetAnswer> {
  if (recordId?.startsWith(ACCOUNT_PREFIX) !== true) {
    return tell({
      status: 200,
      title: 'Not an Account',
      text: 'This page shows the company of an Account. Put it on Account pages, or pass the parameter accountId.',
    });
  }
  const resolution = await ports.resolveCompany(name, recordId);
  if (resolution.status === 'none') return tell({ status: 200, title: 'No company', text: resolution.reason });
  if (resolution.status === 'several') return { kind: 'several', frameAncestors, candidates: resolution.candidates };
  const card = await ports.readCompanyCard({ connectionId, schema, companyId: resolution.companyId });
  if (card !== undefined) return { kind: 'company', frameAncestors, card };
  return tell({ status: 200, title: 'No company', text: 'The company was deleted a moment ago.' });
}
