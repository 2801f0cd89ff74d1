import type { FromSchema, JsonSchema } from './json-schema.ts';
import { applySchema } from './mapping-functions.ts';
import { columnTypeWord, fieldPathWord, identifierWord, targetWord } from './patterns.ts';

/** The field behind a column of `by:`. A string is short for `{ from: … }`. */
export const keySchema = {
  type: ['string', 'object'],
  pattern: fieldPathWord.pattern,
  patternErrorMessage: fieldPathWord.patternErrorMessage,
  additionalProperties: false,
  required: ['from'],
  properties: {
    from: { ...fieldPathWord, description: 'Salesforce field, or a path over parents.', examples: ['Email'] },
    apply: {
      ...applySchema,
      description: 'Functions that are applied to the value before it is compared; see [Functions](#functions).',
      examples: [['trim', 'lower']],
    },
  },
} as const satisfies JsonSchema;

/**
 * One value under `map:`. A string is short for `{ from: … }`, null takes a mapping of the catalog away, and an object is one of
 * three kinds, told apart by `from`, `value` or `lookup`: kept as one object so that a mistake gets one message, not three.
 */
export const mappingSchema = {
  type: ['string', 'object', 'null'],
  pattern: fieldPathWord.pattern,
  patternErrorMessage: fieldPathWord.patternErrorMessage,
  additionalProperties: false,
  minProperties: 1,
  properties: {
    from: {
      ...fieldPathWord,
      description: 'Salesforce field, or a path over parents. A plain string instead of the object means the same.',
      examples: ['AnnualRevenue', 'ARR__c', 'Owner.Name'],
    },
    apply: {
      ...applySchema,
      description:
        'Functions that are applied to the value one after the other, at most five; see [Functions](#functions).',
      examples: [['trim', 'lower'], [{ split: { by: '@', part: 2 } }]],
    },
    type: {
      ...columnTypeWord,
      description:
        "Type of the column. Without it: the existing column's type, else the one that fits the Salesforce field.",
      examples: ['numeric(18,2)', 'text[]'],
    },
    required: {
      type: 'boolean',
      description: 'Whether a row without a value is rejected.',
      default: false,
      examples: [true],
    },
    onUnknown: {
      type: ['string', 'null'],
      enum: ['keep', 'null', 'reject', null],
      description:
        'What becomes of a value that the picklist does not offer (any more): `keep` loads it, `null` leaves it out, `reject` rejects the row. Of a multi-select picklist each value is asked about.',
      default: 'keep',
      examples: ['reject'],
    },
    optional: {
      type: 'boolean',
      description:
        'Whether the mapping is left out (and shown) in an org without the field, instead of being an error.',
      default: false,
      examples: [true],
    },
    value: {
      type: ['string', 'number', 'boolean', 'null'],
      description: 'The same value in every row.',
      examples: ['salesforce'],
    },
    lookup: {
      ...identifierWord,
      description: 'Model table whose row is looked up; its `id` is stored. May be the table of the job itself.',
      examples: ['company'],
    },
    by: {
      type: 'object',
      description:
        'Which row: column of that table and the Salesforce field that must equal it, one to six pairs; functions of a field as `{ from: Email, apply: [lower] }`. `companyResolution: <Account reference>` uses the resolution of the connection.',
      examples: [{ sfdc_account_id: 'AccountId' }, { companyResolution: 'AccountId' }],
      propertyNames: {
        type: 'string',
        pattern: '^(companyResolution|[a-z][a-z0-9_]{0,62})$',
        patternErrorMessage:
          'a column of the looked-up table (small letters, digits, underscores), or companyResolution',
      },
      additionalProperties: keySchema,
    },
    onMissing: {
      type: ['string', 'null'],
      enum: ['pending', 'null', 'reject', null],
      description:
        'When no row is found: `pending` leaves the column null and fills it when the row arrives, `null` leaves it null for good, `reject` rejects the row.',
      default: 'pending',
      examples: ['reject'],
    },
    onMultiple: {
      type: 'string',
      enum: ['error', 'oldest'],
      description: 'When several rows are found: `error` rejects the row, `oldest` takes the one created first.',
      default: 'error',
      examples: ['oldest'],
    },
  },
} as const satisfies JsonSchema;

export const mapSchema = {
  type: 'object',
  propertyNames: targetWord,
  additionalProperties: mappingSchema,
} as const satisfies JsonSchema;

export type WrittenMapping = FromSchema<typeof mappingSchema>;
export type WrittenMappingObject = Exclude<WrittenMapping, string | null>;
