import { JOB_KINDS } from '../../domain/job-spec.ts';
import { optionalFiltersSchema, rowJobKeys } from './job-keys.ts';
import type { FromSchema, JsonSchema } from './json-schema.ts';
import { mapSchema } from './mapping.ts';
import { conditionWord, identifierWord, nameWord, objectWord, picklistWord } from './patterns.ts';

const picklists = { type: 'array', items: picklistWord } as const satisfies JsonSchema;

/** A file of config/catalog. Not for users: their changes go under `jobs:` of a connection. */
export const catalogJobSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['job', 'kind', 'title', 'source', 'target', 'upsertKey', 'after'],
  properties: {
    job: nameWord,
    kind: { type: 'string', enum: JOB_KINDS },
    title: { type: 'string', minLength: 1 },
    source: {
      type: 'object',
      additionalProperties: false,
      properties: {
        object: objectWord,
        optional: { type: 'boolean' },
        filter: conditionWord,
        optionalFilters: optionalFiltersSchema,
        picklists,
        optionalPicklists: picklists,
      },
    },
    target: { type: 'object', additionalProperties: false, required: ['table'], properties: { table: identifierWord } },
    map: mapSchema,
    upsertKey: { type: 'array', minItems: 1, items: identifierWord },
    after: { type: 'array', items: nameWord },
    onDelete: rowJobKeys.onDelete,
  },
} as const satisfies JsonSchema;

export type CatalogJob = FromSchema<typeof catalogJobSchema>;
