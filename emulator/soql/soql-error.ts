import { ApiError } from '../api-error.ts';
import { MESSAGES } from '../error-strings.ts';
import { offsetOf, withSnippet } from './snippet.ts';

/** A refused query with the place in it: HTTP 400 and the caret snippet. */
export const soqlError = (soql: string, code: string, token: string, sentence: string): ApiError =>
  new ApiError(400, code, withSnippet(soql, offsetOf(soql, token), sentence));

/** A refused query about no particular place. */
export const plainSoqlError = (code: string, sentence: string): ApiError => new ApiError(400, code, sentence);

/** `unexpected token: 'X'` at the first X after `from`; an empty token is the end of the query. */
export function unexpectedToken(soql: string, token: string, from = 0): ApiError {
  const offset = token === '' ? soql.length : offsetOf(soql, token, from);
  return new ApiError(
    400,
    'MALFORMED_QUERY',
    withSnippet(soql, offset, MESSAGES.unexpectedToken(token === '' ? '<EOF>' : token)),
  );
}
