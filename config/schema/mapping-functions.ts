import { FUNCTION_NAMES } from '../../domain/mapping-function.ts';
import type { FromSchema, JsonSchema } from './json-schema.ts';
import { columnTypeWord, fieldPathWord } from './patterns.ts';

/** One of the fields or values of `coalesce`. */
export const alternativeSchema = {
  type: ['string', 'object'],
  pattern: fieldPathWord.pattern,
  patternErrorMessage: `${fieldPathWord.patternErrorMessage}, or { value: … }`,
  additionalProperties: false,
  required: ['value'],
  properties: {
    value: {
      type: ['string', 'number', 'boolean'],
      description: 'A value for rows in which all fields before it are empty.',
      examples: ['unknown'],
    },
  },
} as const satisfies JsonSchema;

/** One step of `apply:`. A word, or an object with one key where the function takes something. */
export const functionSchema = {
  type: ['string', 'object'],
  pattern: `^(${FUNCTION_NAMES.join('|')})$`,
  patternErrorMessage: `${FUNCTION_NAMES.map((name) => `"${name}"`).join(', ')}, or an object with "coalesce", "split" or "cast"`,
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    coalesce: {
      type: 'array',
      minItems: 1,
      description: 'The first value that is not empty: of the mapping so far, then of these fields, all of one type.',
      examples: [['Nickname__c', { value: 'unknown' }]],
      items: alternativeSchema,
    },
    split: {
      type: 'object',
      additionalProperties: false,
      required: ['by', 'part'],
      description: 'One part of a text; a part that is not there is empty.',
      examples: [{ by: '@', part: 2 }],
      properties: {
        by: {
          type: 'string',
          minLength: 1,
          maxLength: 20,
          description: 'What stands between the parts.',
          examples: ['@'],
        },
        part: {
          type: 'integer',
          enum: [1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -2, -3],
          description: 'Which part, from 1; from the end when negative.',
          examples: [2, -1],
        },
      },
    },
    cast: {
      type: 'string',
      pattern: columnTypeWord.pattern.replace('text\\[\\]|', ''),
      patternErrorMessage: columnTypeWord.patternErrorMessage.replace(
        ', "timestamptz" or "text[]"',
        ' or "timestamptz"',
      ),
      description: 'The value as another type; a row whose value is none is rejected. A day is that of UTC.',
      examples: ['date', 'integer'],
    },
  },
} as const satisfies JsonSchema;

export const applySchema = {
  type: 'array',
  minItems: 1,
  maxItems: 5,
  items: functionSchema,
} as const satisfies JsonSchema;

export type WrittenFunction = FromSchema<typeof functionSchema>;
