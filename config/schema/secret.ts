import type { FromSchema, JsonSchema } from './json-schema.ts';

/** Where a secret lies: exactly one of the two. The secret itself never stands in a file that goes into git. */
export const secretSchema = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    env: {
      type: 'string',
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      patternErrorMessage: 'the name of an environment variable: letters, digits and underscores, as in ACME_CLIENT_ID',
      description: 'Environment variable that holds the value, read by the worker and the server.',
      examples: ['ACME_CLIENT_ID'],
    },
    file: {
      type: 'string',
      minLength: 1,
      description: 'File that holds the value, read by the worker and the server; a final line break is ignored.',
      examples: ['/run/secrets/acme-client-id'],
    },
  },
} as const satisfies JsonSchema;

export type WrittenSecret = FromSchema<typeof secretSchema>;
