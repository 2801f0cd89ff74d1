import type { JobKind, MappingSpec } from '../domain/job-spec.ts';
import { catalogJobs } from './catalog.ts';
import { connectionSchema } from './schema/connection.ts';
import { optionalFiltersSchema } from './schema/job-keys.ts';
import { jobOverrideSchema, picklistOverrideSchema } from './schema/job-override.ts';
import { jobSchema } from './schema/job.ts';
import type { JsonSchema } from './schema/json-schema.ts';
import { keySchema, mappingSchema } from './schema/mapping.ts';
import { alternativeSchema, functionSchema } from './schema/mapping-functions.ts';
import { scheduleSchema } from './schema/schedule.ts';
import { secretSchema } from './schema/secret.ts';
import { inYaml } from './value-hint.ts';

interface Section {
  readonly title: string;
  readonly intro: string;
  readonly schema: JsonSchema;
}

const { salesforce, companyResolution, widget, notify, chains } = connectionSchema.properties;

const FUNCTIONS_INTRO = `Steps of \`apply:\`. They become SQL: PostgreSQL computes them while it loads a page. An empty result is null.

| Function | Of | Gives |
|---|---|---|
| \`trim\` | text | it without spaces, tabs and line ends around it |
| \`lower\`, \`upper\` | text | it in small or capital letters |
| \`year\`, \`quarter\`, \`month\`, \`day\`, \`hour\` | a day or a time | that part of it in UTC, a whole number |
| \`week\`, \`weekday\` | a day or a time | those of ISO 8601: weeks from 1 to 53, Monday is 1 |

Where a function takes something, it is a key:`;

/** Every block with keys of its own, in reading order; a test compares them with the schemas, so that none is forgotten. */
export const SECTIONS: readonly Section[] = [
  { title: 'Connection', intro: 'A document with `connection:` and no `job:`.', schema: connectionSchema },
  { title: 'salesforce', intro: salesforce.description, schema: salesforce },
  {
    title: 'Secrets',
    intro: 'Exactly one key. Secrets are never written into a file; a literal one is an error.',
    schema: secretSchema,
  },
  { title: 'companyResolution', intro: companyResolution.description, schema: companyResolution },
  {
    title: 'companyResolution.match',
    intro: 'One pair of the list.',
    schema: companyResolution.properties.match.items,
  },
  { title: 'widget', intro: widget.description, schema: widget },
  { title: 'notify', intro: notify.description, schema: notify },
  { title: 'jobs', intro: connectionSchema.properties.jobs.description, schema: connectionSchema.properties.jobs },
  {
    title: 'jobs.picklist-sync',
    intro: 'Picklist Sync reads `describe`, so there is nothing to map.',
    schema: picklistOverrideSchema,
  },
  { title: 'Other jobs of the catalog', intro: 'Under `jobs:`, by the name of the job.', schema: jobOverrideSchema },
  {
    title: 'chains',
    intro: `${chains.description} Under \`chains:\`, by the name of the chain.`,
    schema: chains.additionalProperties,
  },
  { title: 'Job', intro: 'A document with `job:`: a job of your own.', schema: jobSchema },
  { title: 'source', intro: 'Of a job document.', schema: jobSchema.properties.source },
  { title: 'target', intro: 'Of a job document.', schema: jobSchema.properties.target },
  {
    title: 'Mappings',
    intro:
      'Under `map:`, by target column. `column: Field` is short for `column: { from: Field }`. Otherwise one of `from`, `value` and `lookup` says where the value comes from. In company-person-sync, `person.<column>` is a column of the person.',
    schema: mappingSchema,
  },
  { title: 'by', intro: 'A value under `by:` of a mapping, where a field alone is not enough.', schema: keySchema },
  { title: 'Functions', intro: FUNCTIONS_INTRO, schema: functionSchema },
  { title: 'split', intro: 'Of a function.', schema: functionSchema.properties.split },
  { title: 'coalesce', intro: 'One entry of the list, where it is no field.', schema: alternativeSchema },
  { title: 'optionalFilters', intro: 'One entry of the list.', schema: optionalFiltersSchema.items },
  { title: 'Schedules', intro: 'Of a job or a chain. Overlapping starts are skipped.', schema: scheduleSchema },
];

const PREFACE = `# Configuration

<!-- Generated from config/schema and config/catalog. Change those, then: MOORING_UPDATE=1 node --import tsx --test test/config/generated.test.ts -->

A folder of YAML files declares connections and jobs; \`mooring check FOLDER\` names every problem of all files at once. A file may hold
several documents, separated by \`---\`. Anchors and aliases work, merge keys (\`<<\`) do not. With this first line an editor completes and
explains keys:

\`\`\`yaml
# yaml-language-server: $schema=node_modules/mooring/dist/config/schema/mooring.schema.json
\`\`\`

The smallest connection runs the six jobs of the catalog once it is authorized:

\`\`\`yaml
connection: acme
salesforce:
  clientId: { env: ACME_CLIENT_ID }
  clientSecret: { env: ACME_CLIENT_SECRET }
\`\`\`

A larger one with comments is [examples/acme](../examples/acme/acme.yaml).

## Environments

A document with \`environment:\` says what is different there. It names a connection, or a job with its connection, that another document
declares; \`mooring plan FOLDER --env staging\` and \`mooring apply FOLDER --env staging\` lay it over that one. Without \`--env\` it is left
out; \`mooring check\` checks every environment.

\`\`\`yaml
environment: staging
connection: acme
salesforce: { org: sandbox, clientId: { env: ACME_STAGING_CLIENT_ID } }
schema: staging
jobs:
  company-sync: { map: { arr: null } } # no such field in the sandbox
chains:
  nightly: { schedule: { weekly: monday 06:00 } }
\`\`\`

Keys are merged, down to single mappings. Lists, schedules and secrets are replaced as a whole.
`;

/** Returns docs/configuration.md: every key with meaning, type, default and example, and the mappings of the catalog. */
export function configurationPage(): string {
  const parts = [
    PREFACE,
    ...SECTIONS.map(section),
    '## The catalog\n',
    CATALOG_INTRO,
    ...catalogJobs().map(catalogJob),
  ];
  return parts.join('\n');
}

function section({ title, intro, schema }: Section): string {
  const rows = Object.entries(schema.properties ?? {}).map(([key, property]) => {
    const required = schema.required?.includes(key) ?? false;
    const byDefault = property.default === undefined ? (required ? 'required' : '') : code(property.default);
    return row([
      `\`${key}\``,
      property.description ?? '',
      typeOf(property),
      byDefault,
      (property.examples ?? []).slice(0, 2).map(code).join('<br>'),
    ]);
  });
  return [
    `## ${title}\n`,
    `${intro}\n`,
    row(['Key', 'Meaning', 'Type', 'Default', 'Example']),
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const code = (value: unknown): string => `\`${inYaml(value)}\``;

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return [...new Set(schema.enum.map((value) => code(value)))].join(', ');
  const shared = SECTIONS.find(
    (other) => other.schema.properties !== undefined && other.schema.properties === schema.properties,
  );
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types
    .map((type) =>
      type === 'object'
        ? shared
          ? `[${shared.title}](${anchor(shared.title)})`
          : mapType(schema)
        : type === 'array'
          ? `list of ${itemType(schema.items)}`
          : WORDS[type],
    )
    .join(' or ');
}

const WORDS = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'true, false',
  null: 'null',
  array: 'list',
  object: 'mapping',
} as const;

const itemType = (items: JsonSchema | undefined): string => (items?.type === 'object' ? typeOf(items) : 'text');

function mapType({ additionalProperties, propertyNames }: JsonSchema): string {
  if (additionalProperties === undefined || additionalProperties === false) return 'mapping';
  return propertyNames === undefined ? 'mapping' : `mapping of names to ${typeOf(additionalProperties)}`;
}

const anchor = (title: string): string =>
  `#${title
    .toLowerCase()
    .replaceAll(' ', '-')
    .replaceAll(/[^a-z0-9-]/g, '')}`;

const CATALOG_INTRO = `Six jobs that every connection has. *Optional* mappings are left out, and shown, in orgs without the field.
`;

/** Tables that a job fills beside its target. */
const BESIDE: Partial<Record<JobKind, string>> = {
  picklist: ' and `dropdown_item`',
  'company-person': ' and `person`',
};

function catalogJob({
  name,
  kind,
  title,
  source,
  target,
  mappings,
  after,
  onDelete,
}: ReturnType<typeof catalogJobs>[number]): string {
  const facts = [
    `${source.object === undefined ? `The picklists ${(source.picklists ?? []).map(code).join(', ')}` : code(source.object)} → ${code(target.table)}${BESIDE[kind] ?? ''}`,
    ...(source.filter === undefined ? [] : [`filter ${code(source.filter)}`]),
    ...(source.optionalFilters ?? []).map(({ field, soql }) => `where the org has \`${field}\`: \`${soql}\``),
    ...(after.length === 0 ? [] : [`after ${after.map(code).join(', ')}`]),
    `onDelete ${code(onDelete)}`,
    ...(source.optional === true ? ['unavailable in orgs without the object'] : []),
  ];
  const rows = mappings.map((mapping) =>
    row([
      `\`${mapping.target}\``,
      sourceOf(mapping),
      'type' in mapping ? `\`${mapping.type ?? ''}\`` : 'reference',
      noteOf(mapping),
    ]),
  );
  const table = rows.length === 0 ? [] : ['', row(['Column', 'From', 'Type', '']), '|---|---|---|---|', ...rows];
  return [`### ${title}: \`${name}\`\n`, `${facts.join('; ')}.`, ...table, ''].join('\n');
}

function sourceOf(mapping: MappingSpec): string {
  if (mapping.kind === 'field') return `\`${mapping.from}\``;
  if (mapping.kind === 'constant') return code(mapping.value);
  if ('companyResolution' in mapping.by)
    return `\`${mapping.by.companyResolution}\` → \`${mapping.table}\` by company resolution`;
  return mapping.by.map(({ column, field }) => `\`${field}\` → \`${mapping.table}.${column}\``).join(', ');
}

function noteOf(mapping: MappingSpec): string {
  if (mapping.kind === 'lookup')
    return [`none: ${mapping.onMissing}`, ...(mapping.optional ? ['optional'] : [])].join('; ');
  return [
    ...(mapping.kind === 'field' && mapping.required ? ['required'] : []),
    ...(mapping.optional ? ['optional'] : []),
  ].join('; ');
}
