import { jobKeys, optionalFiltersSchema, rowJobKeys } from './job-keys.ts';
import type { FromSchema, JsonSchema } from './json-schema.ts';
import { mapSchema } from './mapping.ts';
import { conditionWord, identifierWord, nameWord, objectWord } from './patterns.ts';
import { versionSchema } from './version.ts';

/** A `job:` document: a job that is not in the catalog. */
export const jobSchema = {
  type: 'object',
  title: 'Job',
  additionalProperties: false,
  required: ['job', 'connection', 'source', 'target', 'map', 'upsertKey'],
  properties: {
    version: versionSchema,
    job: {
      ...nameWord,
      description: 'Name of the job; unique among the jobs and chains of its connection.',
      examples: ['opportunity-sync'],
    },
    connection: { ...nameWord, description: 'Connection that the job belongs to.', examples: ['acme'] },
    title: {
      type: 'string',
      minLength: 1,
      maxLength: 80,
      description: 'Name shown to people. Without it: the name of the job in words, as in "Opportunity Sync".',
      examples: ['Open Opportunities'],
    },
    enabled: jobKeys.enabled,
    source: {
      type: 'object',
      additionalProperties: false,
      required: ['object'],
      description: 'What is read.',
      examples: [{ object: 'Opportunity', filter: 'IsClosed = false' }],
      properties: {
        object: { ...objectWord, description: 'API name of the Salesforce object.', examples: ['Opportunity'] },
        filter: {
          ...conditionWord,
          description: 'SOQL condition, without WHERE.',
          examples: ['IsClosed = false'],
        },
        optionalFilters: optionalFiltersSchema,
        optional: {
          type: 'boolean',
          description: 'Whether the job is skipped as unavailable in an org without the object, instead of failing.',
          default: false,
          examples: [true],
        },
      },
    },
    target: {
      type: 'object',
      additionalProperties: false,
      required: ['table'],
      description: 'What is written.',
      examples: [{ table: 'opportunity' }],
      properties: {
        table: {
          ...identifierWord,
          description: 'Table in the schema of the connection; created when it does not exist.',
          examples: ['opportunity'],
        },
        existing: {
          type: 'boolean',
          description:
            'Whether the table is yours and is there already. Then Mooring never makes it and never changes a column of it: it adds the columns that loading needs and those that are mapped, and takes rows over by the upsert key, over which the table must have a unique index.',
          default: false,
          examples: [true],
        },
      },
    },
    map: {
      ...mapSchema,
      minProperties: 1,
      description: 'Target column and where its value comes from.',
      examples: [{ sfdc_opportunity_id: 'Id', name: 'Name', amount: { from: 'Amount', type: 'numeric' } }],
    },
    upsertKey: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: identifierWord,
      description: 'Target columns that decide whether a row is new. Usually the column of the Salesforce id.',
      examples: [['sfdc_opportunity_id']],
    },
    ...rowJobKeys,
    after: jobKeys.after,
    onDependency: jobKeys.onDependency,
    schedule: jobKeys.schedule,
  },
} as const satisfies JsonSchema;

export type WrittenJob = FromSchema<typeof jobSchema>;
