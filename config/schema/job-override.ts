import { jobKeys, optionalFiltersSchema, rowJobKeys } from './job-keys.ts';
import type { FromSchema, JsonSchema } from './json-schema.ts';
import { mapSchema } from './mapping.ts';
import { conditionWord, objectWord, picklistWord } from './patterns.ts';

/** What a connection may change of a job of the catalog that reads rows. */
export const jobOverrideSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    enabled: jobKeys.enabled,
    object: {
      ...objectWord,
      description: "Salesforce object to read instead of the catalog's.",
      examples: ['Relationship__c'],
    },
    filter: {
      ...conditionWord,
      type: ['string', 'null'],
      description: "SOQL condition, without WHERE, in place of the catalog's. `null` takes that away.",
      examples: ["Type = 'Customer'"],
    },
    optionalFilters: optionalFiltersSchema,
    map: {
      ...mapSchema,
      description:
        "Target column and where its value comes from. Added to the catalog's mappings; the same column replaces one, `null` removes it, and a column that does not exist is added to the table.",
      examples: [{ arr: 'ARR__c', summary: null, health: { from: 'Health__c', type: 'integer' } }],
    },
    ...rowJobKeys,
    after: jobKeys.after,
    onDependency: jobKeys.onDependency,
    schedule: jobKeys.schedule,
  },
} as const satisfies JsonSchema;

export const picklistOverrideSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    enabled: jobKeys.enabled,
    picklists: {
      type: 'array',
      uniqueItems: true,
      items: picklistWord,
      description: "Picklist fields to keep as drop-down lists, in place of the catalog's.",
      examples: [['Account.Industry', 'Opportunity.StageName']],
    },
    optionalPicklists: {
      type: 'array',
      uniqueItems: true,
      items: picklistWord,
      description: "Picklist fields that are left out silently in orgs without them, in place of the catalog's.",
      examples: [['Account.Segment__c']],
    },
    after: jobKeys.after,
    onDependency: jobKeys.onDependency,
    schedule: jobKeys.schedule,
  },
} as const satisfies JsonSchema;

export type WrittenJobOverride = FromSchema<typeof jobOverrideSchema>;
export type WrittenPicklistOverride = FromSchema<typeof picklistOverrideSchema>;
