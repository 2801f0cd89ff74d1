import { ON_DEPENDENCY } from '../../domain/on-dependency.ts';
import type { JsonSchema } from './json-schema.ts';
import { conditionWord, fieldWord, nameWord } from './patterns.ts';
import { scheduleSchema } from './schedule.ts';

export const onDependencyWord = { type: 'string', enum: ON_DEPENDENCY } as const satisfies JsonSchema;

/** Keys that a job has wherever it is written: under `jobs:` of a connection or as a document of its own. */
export const jobKeys = {
  enabled: {
    type: 'boolean',
    description: 'Whether the job runs. A job that is switched off keeps its rows and its place in the file.',
    default: true,
    examples: [false],
  },
  after: {
    type: 'array',
    uniqueItems: true,
    items: nameWord,
    description: 'Jobs of the same connection that run first when both run together.',
    examples: [['company-sync']],
  },
  onDependency: {
    ...onDependencyWord,
    description:
      'How the jobs of `after` must have ended for this one to run in the same sync: `success` (all rows), `partial` (with rejects or without) or `any` (failed and skipped ones too). Without it as the chain says, else `partial`.',
    examples: ['success'],
  },
  schedule: {
    ...scheduleSchema,
    type: ['object', 'null'],
    description:
      'When the job starts by itself. Without it, or with `null`, on demand: after authorization, in chains, and by hand.',
    examples: [{ every: '1h' }, { cron: '0 2 * * *', timezone: 'Europe/Berlin' }],
  },
} as const satisfies Record<string, JsonSchema>;

/** Keys of jobs that read rows: all but Picklist Sync. */
export const rowJobKeys = {
  onDelete: {
    type: 'string',
    enum: ['ignore', 'deactivate', 'delete'],
    description: 'When a row is deleted in Salesforce: keep ours, set its `deleted_at`, or delete it.',
    default: 'deactivate',
    examples: ['delete'],
  },
  onLeaveFilter: {
    type: 'string',
    enum: ['keep', 'deactivate', 'delete'],
    description: 'When a row no longer matches the filter: keep ours, set its `deleted_at`, or delete it.',
    default: 'keep',
    examples: ['deactivate'],
  },
  extract: {
    type: 'string',
    enum: ['auto', 'rest', 'bulk'],
    description:
      'How rows are read: by REST query, by Bulk API 2.0, or by REST when they are few and Bulk when they are many.',
    default: 'auto',
    examples: ['bulk'],
  },
} as const satisfies Record<string, JsonSchema>;

export const optionalFiltersSchema = {
  type: 'array',
  description: 'Conditions that hold only in orgs that have the field; joined to the filter by AND.',
  examples: [[{ field: 'IsPersonAccount', soql: 'IsPersonAccount = false' }]],
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['field', 'soql'],
    properties: {
      field: { ...fieldWord, description: 'Field of the source object.', examples: ['IsPersonAccount'] },
      soql: { ...conditionWord, description: 'SOQL condition.', examples: ['IsPersonAccount = false'] },
    },
  },
} as const satisfies JsonSchema;
