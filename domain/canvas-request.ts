import { toId18 } from './salesforce-ids.ts';

/** What Salesforce tells a Canvas app in a signed request, as far as the widget reads it. Ids have 18 characters. */
export interface CanvasRequest {
  /** Milliseconds since 1970, cut by Salesforce to a signed integer of 32 bits. */
  readonly issuedAt: number;
  readonly orgId: string;
  readonly userId: string;
  /** The record whose page it is, or that the page names; absent on a page without one. */
  readonly recordId?: string;
}

/** The only algorithm that Salesforce signs with, as it spells it. */
const ALGORITHM = 'HMACSHA256';

/** A page opens its frame within seconds; a slow one, in a background tab, within a few minutes. */
export const LONGEST_AGE_MS = 5 * 60_000;
/** How far Salesforce's clock may be ahead of ours. */
export const CLOCK_SKEW_MS = 60_000;

/** Parameters by which a Visualforce page names the record; the first is for pages of other objects. */
const PARAMETERS = ['accountId', 'recordId'] as const;

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

const idOf = (value: unknown): string | undefined => (typeof value === 'string' ? toId18(value) : undefined);

/** The explicit `accountId` wins: a page of another object passes it because its own record is no Account. */
function recordOf(environment: unknown): string | undefined {
  const parameters = member(environment, 'parameters');
  const [account, record] = PARAMETERS.map((name) => idOf(member(parameters, name)));
  return account ?? idOf(member(member(environment, 'record'), 'Id')) ?? record;
}

/**
 * Returns what a verified envelope tells, or `undefined` when it is not one that Salesforce sends: another algorithm, no time, no org,
 * no user.
 *
 * @see https://developer.salesforce.com/docs/platform/canvas-framework/guide/canvas-request-object.html
 */
export function readCanvasRequest(envelope: unknown): CanvasRequest | undefined {
  const context = member(envelope, 'context');
  const issuedAt = member(envelope, 'issuedAt');
  const orgId = idOf(member(member(context, 'organization'), 'organizationId'));
  const userId = idOf(member(envelope, 'userId'));
  if (member(envelope, 'algorithm') !== ALGORITHM || !Number.isSafeInteger(issuedAt)) return undefined;
  if (orgId?.startsWith('00D') !== true || userId?.startsWith('005') !== true) return undefined;
  const recordId = recordOf(member(context, 'environment'));
  return { issuedAt: issuedAt as number, orgId, userId, ...(recordId === undefined ? {} : { recordId }) };
}

/**
 * Returns whether a request was issued just now.
 *
 * Salesforce documents no unit of `issuedAt`. What it sends are milliseconds cut to 32 bits, negative half of the time, so ages are
 * known only within 49.7 days: a request looks new again for some minutes after each such turn. A time that is not cut is compared as
 * it is.
 *
 * @see docs/decisions/0015-widget.md
 */
export function isFresh(issuedAt: number, nowMs: number): boolean {
  const isCut = issuedAt === (issuedAt | 0);
  const ageMs = isCut ? (nowMs - issuedAt) | 0 : nowMs - issuedAt;
  return ageMs >= -CLOCK_SKEW_MS && ageMs <= LONGEST_AGE_MS;
}
