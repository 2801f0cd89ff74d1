import type { FieldDefinition, FieldType } from '../data/definition.ts';
import { identifier } from '../data/sql.ts';
import type { Org } from '../org.ts';

/** SQL of a field's value in the table called `alias`: its column, or its formula. */
export function columnOf(org: Org, alias: string, field: FieldDefinition): string {
  if (field.formulaSql === undefined) return `${alias}.${identifier(field.name)}`;
  const sql = field.formulaSql
    .replaceAll('$"', `${alias}."`)
    .replaceAll('@org', identifier(org.schema))
    // A subselect, so that the clock is read once per query and not once per row.
    .replaceAll('@now', `(SELECT ${identifier(org.schema)}.emulator_now())`);
  return `(${sql})`;
}

const NUMBERS: ReadonlySet<FieldType> = new Set<FieldType>(['double', 'currency', 'percent']);

/** Types whose API form is a decimal, printed with at least one digit behind the point. */
const isDecimal = (type: FieldType): boolean => NUMBERS.has(type);

const decimalText = (sql: string): string =>
  `CASE WHEN ${sql} = trunc(${sql}) THEN trunc(${sql})::text || '.0' ELSE trim_scale(${sql})::text END`;

/** SQL of the text of a value as a Bulk CSV shows it; NULL stays NULL. */
export function csvText(type: FieldType, sql: string): string {
  if (isDecimal(type)) return decimalText(sql);
  if (type === 'datetime') return `to_char(${sql}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  if (type === 'time') return `to_char(${sql}, 'HH24:MI:SS.MS"Z"')`;
  return `${sql}::text`;
}

/** SQL of the JSON text of a value as REST shows it; never NULL. */
export function jsonText(type: FieldType, sql: string): string {
  return `coalesce(${jsonOrNull(type, sql)}, 'null')`;
}

function jsonOrNull(type: FieldType, sql: string): string {
  if (isDecimal(type)) return decimalText(sql);
  switch (type) {
    case 'boolean':
    case 'int':
    case 'address':
    case 'location':
      return `${sql}::text`;
    case 'id':
    case 'reference':
      // Nothing in an id needs an escape, and looking for some costs as much as the rest of a short value.
      return `'"' || ${sql} || '"'`;
    case 'date':
      return `'"' || ${sql}::text || '"'`;
    case 'datetime':
      return `to_char(${sql}, '"\\""YYYY-MM-DD"T"HH24:MI:SS.MS"+0000\\""')`;
    case 'time':
      return `to_char(${sql}, '"\\""HH24:MI:SS.MS"Z\\""')`;
    default:
      return `to_json(${sql})::text`;
  }
}
