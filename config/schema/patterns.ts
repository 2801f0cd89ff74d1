import { NAME_PATTERN } from '../../domain/names.ts';
import type { JsonSchema } from './json-schema.ts';

/** Schemas of the plain words that appear in several places. Each `patternErrorMessage` reads on after "use". */

export const nameWord = {
  type: 'string',
  pattern: NAME_PATTERN,
  patternErrorMessage: 'small letters, digits and hyphens, at most 41, starting with a letter, as in "acme-prod"',
} as const satisfies JsonSchema;

export const environmentWord = {
  type: 'string',
  pattern: NAME_PATTERN,
  patternErrorMessage: 'small letters, digits and hyphens, as in "staging"',
  description: 'The environment in which the document changes the one of the same name.',
  examples: ['staging'],
} as const satisfies JsonSchema;

/** Salesforce API name of an object or field: `Account`, `ARR__c`, `JBCXM__GSRelationship__c`. */
const API_NAME = '[A-Za-z][A-Za-z0-9_]*';

export const objectWord = {
  type: 'string',
  pattern: `^${API_NAME}$`,
  patternErrorMessage: 'the API name of a Salesforce object, as in "Account" or "Invoice__c"',
} as const satisfies JsonSchema;

export const fieldWord = {
  type: 'string',
  pattern: `^${API_NAME}$`,
  patternErrorMessage: 'the API name of one field, as in "AnnualRevenue" or "ARR__c"',
} as const satisfies JsonSchema;

/** Five steps up is what SOQL allows. */
const FIELD_PATH_PATTERN = `^${API_NAME}(\\.${API_NAME}){0,5}$`;

export const fieldPathWord = {
  type: 'string',
  pattern: FIELD_PATH_PATTERN,
  patternErrorMessage:
    'the API name of a field, or a path over at most five parents, as in "Name", "ARR__c" or "Owner.Name"',
} as const satisfies JsonSchema;

export const picklistWord = {
  type: 'string',
  pattern: `^${API_NAME}\\.${API_NAME}$`,
  patternErrorMessage: 'object and field, as in "Account.Industry"',
} as const satisfies JsonSchema;

/** PostgreSQL cuts identifiers at 63 bytes; quoting is never needed for these. */
export const identifierWord = {
  type: 'string',
  pattern: '^[a-z][a-z0-9_]{0,62}$',
  patternErrorMessage:
    'small letters, digits and underscores, at most 63, starting with a letter, as in "renewal_date"',
} as const satisfies JsonSchema;

/** Always quoted in SQL, so everything is possible that PostgreSQL takes as a name of at most 63 bytes. */
export const roleWord = {
  type: 'string',
  pattern: '^[A-Za-z0-9_.@$ -]{1,63}$',
  patternErrorMessage: 'the name of a role of PostgreSQL, as in "model_reader"',
} as const satisfies JsonSchema;

/** Company Person writes two tables, so its targets may be columns of the person. */
export const targetWord = {
  type: 'string',
  pattern: '^(person\\.)?[a-z][a-z0-9_]{0,62}$',
  patternErrorMessage: identifierWord.patternErrorMessage,
} as const satisfies JsonSchema;

export const columnTypeWord = {
  type: 'string',
  pattern:
    '^(text|text\\[\\]|boolean|integer|bigint|numeric|numeric\\([1-9][0-9]{0,2}(, ?[0-9]{1,3})?\\)|date|time|timestamptz)$',
  patternErrorMessage:
    '"text", "boolean", "integer", "bigint", "numeric", "numeric(18,2)", "date", "time", "timestamptz" or "text[]"',
} as const satisfies JsonSchema;

export const durationWord = {
  type: 'string',
  pattern: '^[1-9][0-9]{0,4}[smhd]$',
  patternErrorMessage: 'a number and one of s, m, h, d, as in "30s", "15m", "1h" or "1d"',
} as const satisfies JsonSchema;

export const emailWord = {
  type: 'string',
  pattern: '^[^@\\s,;<>]+@[^@\\s,;<>]+$',
  patternErrorMessage: 'one e-mail address, as in "data-team@example.com"',
} as const satisfies JsonSchema;

export const conditionWord = {
  type: 'string',
  minLength: 1,
} as const satisfies JsonSchema;
