import { findField, type FieldDefinition, type FieldType, type ObjectDefinition } from '../data/definition.ts';
import { identifier, literal } from '../data/sql.ts';
import { findObject, type Org } from '../org.ts';

/** Fields of `Name`, the object through which a reference to several objects is read. */
const NAME_FIELDS: readonly (readonly [name: string, type: FieldType])[] = [
  ['Id', 'id'],
  ['Name', 'string'],
  ['Type', 'string'],
  ['FirstName', 'string'],
  ['LastName', 'string'],
  ['Title', 'string'],
  ['Email', 'email'],
  ['Phone', 'phone'],
];

const nameField = ([name, type]: readonly [string, FieldType]): FieldDefinition => ({
  name,
  label: name,
  type,
  length: 255,
  precision: 0,
  scale: 0,
  nillable: true,
  createable: false,
  updateable: false,
});

/** `Name`: no table, but what a row of any of the referenced objects looks like from afar. */
export const NAME_OBJECT: ObjectDefinition = {
  name: 'Name',
  label: 'Name',
  labelPlural: 'Names',
  keyPrefix: '',
  custom: false,
  createable: false,
  updateable: false,
  deletable: false,
  mergeable: false,
  bulkQueryable: false,
  fields: NAME_FIELDS.map(nameField),
};

/** Objects of the org that a reference may point at. */
export const targetsOf = (org: Org, by: FieldDefinition): ObjectDefinition[] =>
  (by.referenceTo ?? []).flatMap((name) => findObject(org, name) ?? []);

function columnSql(object: ObjectDefinition, name: string): string {
  if (name === 'Type') return literal(object.name);
  const field = name === 'Name' ? object.fields.find((one) => one.nameField === true) : findField(object, name);
  return field === undefined || field.formulaSql !== undefined ? 'NULL::text' : identifier(field.name);
}

/** SQL of a lateral join that finds the one record that `reference` (the SQL of an id) points at, whatever it is. */
export function polymorphicJoin(org: Org, by: FieldDefinition, reference: string): string {
  const selects = targetsOf(org, by).map((object) => {
    const columns = NAME_FIELDS.map(([name]) => `${columnSql(object, name)} AS ${identifier(name)}`);
    const table = `${identifier(org.schema)}.${identifier(object.name)}`;
    return `SELECT ${columns.join(', ')} FROM ${table} WHERE "Id" = ${reference}`;
  });
  return `(${selects.join(' UNION ALL ')})`;
}
