import { connectionSchema } from './connection.ts';
import { jobSchema } from './job.ts';
import type { JsonSchema } from './json-schema.ts';
import { environmentWord } from './patterns.ts';

/** Returns the schema of what an environment changes: nothing is required but what says what it is about. */
function overlayOf(schema: JsonSchema): JsonSchema {
  const { required: _required, ...rest } = withoutRequired(schema);
  const names = ['environment', 'connection', ...(schema.required?.includes('job') ? ['job'] : [])];
  return {
    ...rest,
    title: `${schema.title ?? ''} in an environment`,
    required: names,
    properties: { environment: environmentWord, ...rest.properties },
  };
}

/** Parts of an overlay are merged with what is there, but for secrets and single mappings, which are whole. */
function withoutRequired({ required: _required, ...schema }: JsonSchema): JsonSchema {
  const { properties, additionalProperties } = schema;
  return {
    ...schema,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, withoutRequired(each)])),
        }),
    ...(additionalProperties === undefined || additionalProperties === false
      ? {}
      : { additionalProperties: withoutRequired(additionalProperties) }),
  };
}

/** The one schema for editors: a document is a connection or a job. Published as mooring.schema.json (a test keeps it current). */
export const publishedSchema: JsonSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Mooring configuration',
  description:
    'A connection to one Salesforce org, or a data job of a connection; with `environment`, what is different there.',
  oneOf: [connectionSchema, jobSchema, overlayOf(connectionSchema), overlayOf(jobSchema)],
};
