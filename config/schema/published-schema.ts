import { connectionSchema } from './connection.ts';
import { jobSchema } from './job.ts';
import type { JsonSchema } from './json-schema.ts';

/** The one schema for editors: a document is a connection or a job. Published as mooring.schema.json (a test keeps it current). */
export const publishedSchema: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Mooring configuration',
  description: 'A connection to one Salesforce org, or a data job of a connection.',
  oneOf: [connectionSchema, jobSchema],
};
