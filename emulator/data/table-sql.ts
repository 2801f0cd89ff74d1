import { columnSql, sequenceName } from './column.ts';
import { hasField, isStored, type FieldDefinition, type ObjectDefinition } from './definition.ts';
import { identifier, literal } from './sql.ts';

const indexSql = (schema: string, object: ObjectDefinition, field: FieldDefinition): string =>
  `CREATE INDEX ON ${identifier(schema)}.${identifier(object.name)} (${identifier(field.name)});`;

/** Returns the SQL of an object's sequence and bare table; keys and triggers come after the load, by {@link finishTableSql}. */
export function tableSql(schema: string, object: ObjectDefinition): string {
  const columns = object.fields.filter(isStored).map((field) => `  ${columnSql(schema, object, field)}`);
  return `
CREATE SEQUENCE ${identifier(schema)}.${identifier(sequenceName(object))};
CREATE TABLE ${identifier(schema)}.${identifier(object.name)} (
${columns.join(',\n')}
);
`;
}

/** Returns the SQL of the primary key, the indexes and the triggers of an object's table, which cost less once it is filled. */
export function finishTableSql(schema: string, object: ObjectDefinition): string {
  const table = `${identifier(schema)}.${identifier(object.name)}`;
  const call = (name: string): string => `EXECUTE FUNCTION ${identifier(schema)}.${name}()`;
  const bin = hasField(object, 'IsDeleted');
  return `
ALTER TABLE ${table} ADD PRIMARY KEY ("Id");
${object.fields
  .filter((field) => field.indexed === true)
  .map((field) => indexSql(schema, object, field))
  .join('\n')}
CREATE TRIGGER emulator_touch BEFORE UPDATE ON ${table} FOR EACH ROW
  WHEN (NEW."SystemModstamp" IS NOT DISTINCT FROM OLD."SystemModstamp") ${call('emulator_touch')};
${
  bin
    ? `
CREATE TRIGGER emulator_bin AFTER UPDATE ON ${table} FOR EACH ROW
  WHEN (OLD."IsDeleted" IS DISTINCT FROM NEW."IsDeleted") ${call('emulator_log_deletion')};
CREATE TRIGGER emulator_purge AFTER DELETE ON ${table} FOR EACH ROW ${call('emulator_log_deletion')};
INSERT INTO ${identifier(schema)}.emulator_deleted
  SELECT ${literal(object.name)}, "Id", "SystemModstamp", false FROM ${table} WHERE "IsDeleted";`
    : ''
}
ANALYZE ${table};
`;
}
