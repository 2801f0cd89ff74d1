import { MooringError } from '../../domain/errors.ts';
import { endOfJson } from '../../domain/json-text.ts';
import { failureOf, vendorError } from './vendor-errors.ts';

/**
 * Longest address, in characters, that a query is asked for by. Salesforce takes 16,384 bytes of address and headers, an access token among these; gateways
 * on the way may take 8,192.
 */
export const LONGEST_ADDRESS = 8_000;

const REFERENCE = 'rows';

/**
 * The body of a composite request whose one part is a query: how Salesforce wants a statement that is too long for an address.
 *
 * @param address - of the query, with its version
 * @see https://help.salesforce.com/s/articleView?id=000386264
 */
export const queryInBody = (address: string): object => ({
  compositeRequest: [{ method: 'GET', url: address, referenceId: REFERENCE }],
});

/**
 * Takes the answer of the query out of that of the composite request: its text as it was written, so that numbers stay exact.
 *
 * @throws what `vendor-errors.ts` names when the query was refused: the composite request itself succeeds
 */
export function answerInBody(text: string, doing: string): string {
  const from = /"body"\s*:\s*(?=[{[])/.exec(text);
  const start = from === null ? -1 : from.index + from[0].length;
  const end = start < 0 ? undefined : endOfJson(text, start);
  if (end === undefined) throw new MooringError('SF_PAGE_INCOMPLETE', `${doing} failed: the answer holds no rows.`);
  const rest = text.slice(0, start) + text.slice(end);
  const status = Number(/"httpStatusCode"\s*:\s*(\d+)/.exec(rest)?.[1]);
  const body = text.slice(start, end);
  if (status >= 200 && status < 300) return body;
  throw vendorError(failureOf(status, body, undefined), doing);
}
