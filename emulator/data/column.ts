import type { FieldDefinition, FieldType, ObjectDefinition } from './definition.ts';
import { identifier } from './sql.ts';

/** Ids and references compare byte by byte, so that their indexes serve equality and order alike. */
const ID_TYPE = 'text COLLATE "C"';

const COLUMN_TYPES: Readonly<Record<FieldType, string>> = {
  id: ID_TYPE,
  reference: ID_TYPE,
  string: 'text',
  textarea: 'text',
  email: 'text',
  phone: 'text',
  url: 'text',
  picklist: 'text',
  multipicklist: 'text',
  encryptedstring: 'text',
  boolean: 'boolean',
  int: 'integer',
  double: 'numeric',
  currency: 'numeric',
  percent: 'numeric',
  date: 'date',
  datetime: 'timestamptz(3)',
  time: 'time(3)',
  address: 'json',
  location: 'json',
};

export const columnType = (type: FieldType): string => COLUMN_TYPES[type];

const defaultSql = (schema: string, object: ObjectDefinition, sql: string): string =>
  sql
    .replaceAll('@stamp', `${identifier(schema)}.emulator_stamp()`)
    .replaceAll('@user', `${identifier(schema)}.emulator_user()`)
    .replaceAll('@sequence', `${identifier(schema)}.${identifier(sequenceName(object))}`);

/** The sequence that numbers the object's records. */
export const sequenceName = (object: ObjectDefinition): string => `emulator_seq_${object.keyPrefix}`;

/** Returns the column's definition, without constraints other than NOT NULL: unique values are the generator's and REST's concern. */
export function columnSql(schema: string, object: ObjectDefinition, field: FieldDefinition): string {
  const column = `${identifier(field.name)} ${columnType(field.type)}`;
  if (field.generatedSql !== undefined) return `${column} GENERATED ALWAYS AS (${field.generatedSql}) STORED`;
  if (field.type === 'id') {
    const next = `${identifier(schema)}.emulator_id('${object.keyPrefix}', nextval('${identifier(schema)}.${identifier(sequenceName(object))}'))`;
    return `${column} NOT NULL DEFAULT ${next}`;
  }
  const fallback =
    field.columnDefault === undefined ? '' : ` DEFAULT ${defaultSql(schema, object, field.columnDefault)}`;
  return `${column}${field.nillable ? '' : ' NOT NULL'}${fallback}`;
}
