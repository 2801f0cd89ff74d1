import { USUAL_ON_DEPENDENCY } from '../../domain/on-dependency.ts';
import { onDependencyWord } from './job-keys.ts';
import { jobOverrideSchema, picklistOverrideSchema } from './job-override.ts';
import type { FromSchema, JsonSchema } from './json-schema.ts';
import { emailWord, fieldWord, identifierWord, nameWord, roleWord } from './patterns.ts';
import { scheduleSchema } from './schedule.ts';
import { secretSchema } from './secret.ts';
import { versionSchema } from './version.ts';

const salesforceSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['clientId'],
  description: 'The org and the app that the connection uses to reach it.',
  examples: [{ clientId: { env: 'ACME_CLIENT_ID' } }],
  properties: {
    org: {
      ...secretSchema,
      type: ['string', 'object'],
      description:
        'Where to log in: `production`, `sandbox`, the My Domain address of the org, or where to find that address. `http://` only for localhost.',
      default: 'production',
      examples: ['production', 'sandbox', 'https://acme.my.salesforce.com', { env: 'ACME_ORG' }],
    },
    clientId: {
      ...secretSchema,
      description: 'Consumer key of the connected app: where it lies, never the key itself.',
      examples: [{ env: 'ACME_CLIENT_ID' }],
    },
    clientSecret: {
      ...secretSchema,
      description:
        'Consumer secret of the app: where it lies, never the secret itself. Left out for an app that uses PKCE alone.',
      examples: [{ env: 'ACME_CLIENT_SECRET' }],
    },
    apiVersion: {
      type: 'string',
      pattern: '^[1-9][0-9]{1,2}\\.0$',
      patternErrorMessage: 'two digits, a dot and a zero, in quotation marks, as in "62.0"',
      description: 'Salesforce API version, in quotation marks. From "47.0", the first with Bulk API 2.0 queries.',
      default: '62.0',
      examples: ['62.0'],
    },
    apiBudget: {
      type: 'integer',
      minimum: 1,
      maximum: 100,
      description:
        "Percent of the org's API calls of 24 hours, used by whomever, from which on jobs wait: the rest is left to people and other programs.",
      default: 90,
      examples: [75],
    },
  },
} as const satisfies JsonSchema;

const companyResolutionSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['match'],
  description: 'Which company an Account is. Used by Company Sync and by every lookup `by: { companyResolution: … }`.',
  examples: [{ match: [{ account: 'AccountNumber', company: 'account_number' }] }],
  properties: {
    match: {
      type: 'array',
      minItems: 1,
      description:
        'Pairs in order of preference: an Account whose field equals the column of a company is that company.',
      default: [{ account: 'Id', company: 'sfdc_account_id' }],
      examples: [[{ account: 'AccountNumber', company: 'account_number' }]],
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['account', 'company'],
        properties: {
          account: { ...fieldWord, description: 'Field of the Salesforce Account.', examples: ['AccountNumber'] },
          company: { ...identifierWord, description: 'Column of the `company` table.', examples: ['account_number'] },
        },
      },
    },
  },
} as const satisfies JsonSchema;

const recipients = { type: 'array', uniqueItems: true, items: emailWord } as const satisfies JsonSchema;

const notifySchema = {
  type: 'object',
  additionalProperties: false,
  description: 'Who gets a mail about how syncs ended. Workers send them by `MOORING_SMTP_URL`.',
  examples: [{ failure: ['data-team@example.com'] }],
  properties: {
    success: {
      ...recipients,
      description: 'Told of every sync whose jobs all succeeded.',
      default: [],
      examples: [['data-team@example.com']],
    },
    failure: {
      ...recipients,
      description:
        'Told of syncs with failed or partly successful jobs, and when the connection must be authorized again.',
      default: [],
      examples: [['data-team@example.com']],
    },
  },
} as const satisfies JsonSchema;

const widgetSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'The company card on Account pages of the org, served by `mooring server`. See [the widget](widget.md).',
  examples: [{ enabled: true }],
  properties: {
    enabled: { type: 'boolean', description: 'Whether the connection has a widget.', default: false, examples: [true] },
    clientSecret: {
      ...secretSchema,
      description:
        'Consumer secret of the Canvas app: where it lies. Left out when the Canvas app is the app of `salesforce`, whose secret it then is.',
      examples: [{ env: 'ACME_CANVAS_SECRET' }],
    },
  },
} as const satisfies JsonSchema;

const chainsSchema = {
  type: 'object',
  description: 'Jobs that run together, by name. A job of a chain has no schedule of its own.',
  examples: [{ nightly: { schedule: { daily: '02:00' }, jobs: ['user-sync', 'company-sync'] } }],
  propertyNames: nameWord,
  additionalProperties: {
    type: 'object',
    additionalProperties: false,
    required: ['schedule', 'jobs'],
    properties: {
      schedule: {
        ...scheduleSchema,
        description: 'When the chain starts.',
        examples: [{ cron: '0 2 * * *', timezone: 'Europe/Berlin' }],
      },
      jobs: {
        type: 'array',
        minItems: 1,
        uniqueItems: true,
        items: nameWord,
        description:
          'Jobs of the connection. Those that depend on each other run in that order, the others side by side.',
        examples: [['user-sync', 'company-sync', 'company-person-sync']],
      },
      onDependency: {
        ...onDependencyWord,
        description:
          'How jobs must have ended for those that come after them in the chain to run: `success`, `partial` or `any`. A job that says so itself decides for itself.',
        default: USUAL_ON_DEPENDENCY,
        examples: ['success'],
      },
    },
  },
} as const satisfies JsonSchema;

/** A `connection:` document. */
export const connectionSchema = {
  type: 'object',
  title: 'Connection',
  additionalProperties: false,
  required: ['connection', 'salesforce'],
  properties: {
    version: versionSchema,
    connection: {
      ...nameWord,
      description: 'Name of the connection. It is part of workflow ids and addresses, so it never changes.',
      examples: ['acme'],
    },
    salesforce: salesforceSchema,
    schema: {
      ...identifierWord,
      description: 'PostgreSQL schema of the customer model. Several connections may share one.',
      default: 'model',
      examples: ['customer_model'],
    },
    companyResolution: companyResolutionSchema,
    widget: widgetSchema,
    grants: {
      type: 'array',
      uniqueItems: true,
      items: roleWord,
      description:
        "Roles of PostgreSQL that may read the customer model and the tables of the connection's own jobs, new ones included. `mooring apply` grants what they lack, and takes back what a role that left the list was granted.",
      default: [],
      examples: [['model_reader']],
    },
    notify: notifySchema,
    jobs: {
      type: 'object',
      additionalProperties: false,
      description:
        'Changes to the six jobs that every connection has. What is not written stays as it is in the catalog.',
      examples: [{ 'relationship-sync': { enabled: false } }],
      properties: {
        'picklist-sync': {
          ...picklistOverrideSchema,
          description: 'Picklists of the org to `dropdown_list` and `dropdown_item`.',
          examples: [{ picklists: ['Account.Industry'] }],
        },
        'user-sync': {
          ...jobOverrideSchema,
          description: 'User to `app_user`.',
          examples: [{ filter: 'IsActive = true' }],
        },
        'company-sync': {
          ...jobOverrideSchema,
          description: 'Account to `company`.',
          examples: [{ map: { arr: 'ARR__c' } }],
        },
        'company-person-sync': {
          ...jobOverrideSchema,
          description: 'Contact to `person` and `company_person`.',
          examples: [{ map: { 'person.email': 'Work_Email__c' } }],
        },
        'relationship-type-sync': {
          ...jobOverrideSchema,
          description: 'JBCXM__GSRelationshipType__c to `relationship_type`.',
          examples: [{ enabled: false }],
        },
        'relationship-sync': {
          ...jobOverrideSchema,
          description: 'JBCXM__GSRelationship__c to `relationship`.',
          examples: [{ object: 'Relationship__c' }],
        },
      },
    },
    chains: chainsSchema,
  },
} as const satisfies JsonSchema;

export type WrittenConnection = FromSchema<typeof connectionSchema>;
