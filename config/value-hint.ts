import type { ErrorObject } from 'ajv';
import { didYouMean } from '../domain/did-you-mean.ts';
import { FUNCTION_NAMES } from '../domain/mapping-function.ts';
import type { JsonSchema } from './schema/json-schema.ts';

/** Column types of PostgreSQL and habit → ours. */
const COLUMN_TYPES: Readonly<Record<string, string>> = {
  varchar: 'text',
  char: 'text',
  string: 'text',
  bool: 'boolean',
  int: 'integer',
  int4: 'integer',
  int8: 'bigint',
  long: 'bigint',
  decimal: 'numeric',
  float: 'numeric',
  double: 'numeric',
  currency: 'numeric',
  number: 'numeric',
  timestamp: 'timestamptz',
  datetime: 'timestamptz',
  array: 'text[]',
};

/** What people mean when they write a value of the wrong type or shape. */
export function valueHint(key: string, { data, keyword, parentSchema }: ErrorObject): string {
  if (key === 'apiVersion') {
    const version = /^v?(\d{2,3})(\.0)?$/.exec(String(data))?.[1];
    return version === undefined ? '' : ` Write it in quotation marks: \`apiVersion: "${version}.0"\`.`;
  }
  if (keyword === 'type' && (parentSchema as JsonSchema).type === 'boolean' && typeof data === 'string') {
    if (/^(yes|on|y)$/i.test(data)) return ' Write true.';
    if (/^(no|off|n)$/i.test(data)) return ' Write false.';
  }
  if (key === 'apply' && typeof data === 'string') return didYouMean(data, FUNCTION_NAMES);
  if (key === 'type' && typeof data === 'string') {
    const meant = COLUMN_TYPES[data.toLowerCase().replace(/[^a-z0-9].*$/, '')];
    return meant === undefined ? '' : ` Did you mean "${meant}"?`;
  }
  if ((key === 'every' || key === 'jitter' || key === 'catchUpWindow') && typeof data === 'number')
    return ` Write a unit, as in "${data}m".`;
  if (keyword === 'type' && (parentSchema as JsonSchema).type === 'array' && typeof data === 'string' && isPlain(data))
    return ` Write \`${key}: [${data}]\`.`;
  if (keyword === 'type' && (parentSchema as JsonSchema).properties?.['value'] !== undefined && isScalar(data))
    return ` A constant is written \`{ value: ${String(data)} }\`.`;
  if (keyword === 'pattern' && typeof data === 'string' && (key === 'connection' || key === 'job')) {
    const name = data
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^[^a-z]+|-+$/g, '')
      .slice(0, 41);
    return name === '' ? '' : ` Did you mean "${name}"?`;
  }
  return '';
}

const isPlain = (text: string): boolean => /^[\w.@-]{1,60}$/.test(text);
const isScalar = (value: unknown): boolean => typeof value === 'number' || typeof value === 'boolean';

/** A value as it is written on one line of YAML. */
export function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, child]) => `${key}: ${inYaml(child)}`)
      .join(', ')} }`;
  }
  return typeof value === 'string' && !/^[\w./-]+( [\w./-]+)*$/.test(value) ? JSON.stringify(value) : String(value);
}
