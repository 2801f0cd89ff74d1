import type { JsonSchema } from './json-schema.ts';

export const versionSchema = {
  type: 'integer',
  enum: [1],
  description: 'Version of this file format. A file without it is read as version 1.',
  default: 1,
  examples: [1],
} as const satisfies JsonSchema;
