import { hasField, isStored, type ObjectDefinition } from './definition.ts';
import { identifier, literal } from './sql.ts';

/** Tables and references of the children that go into the bin with a record of `parent`. */
const cascades = (objects: readonly ObjectDefinition[], parent: ObjectDefinition): [table: string, by: string][] =>
  objects.flatMap((child) =>
    child.fields
      .filter((field) => field.cascadeDelete === true && isStored(field) && field.referenceTo?.includes(parent.name))
      .map((field): [string, string] => [child.name, field.name]),
  );

/**
 * Returns the SQL of an org's recycle bin:
 *
 * - `emulator_bin(object, ids)` puts records and their dependants into it, and returns the ids of those that were not there yet;
 * - `emulator_undelete(object, ids)` takes them out with the dependants that went along, and forgets merges;
 * - `emulator_purge(before)` empties it of what lies there since before an instant, and returns how many records that were.
 */
export function binFunctionsSql(schema: string, objects: readonly ObjectDefinition[]): string {
  const inSchema = identifier(schema);
  const table = (name: string): string => `${inSchema}.${identifier(name)}`;
  const binned = objects.filter((object) => object.deletable && hasField(object, 'IsDeleted'));
  const branches = (body: (object: ObjectDefinition) => string): string =>
    binned.map((object) => `  IF object = ${literal(object.name)} THEN\n${body(object)}\n  END IF;`).join('\n');

  return `
CREATE OR REPLACE FUNCTION ${inSchema}.emulator_bin(object text, ids text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  cause text := coalesce(current_setting('emulator.delete_cause', true), '');
  root text;
BEGIN
${branches(
  (
    object,
  ) => `    RETURN QUERY UPDATE ${table(object.name)} SET "IsDeleted" = true WHERE "Id" = ANY(ids) AND NOT "IsDeleted" RETURNING "Id";
    FOREACH root IN ARRAY ids LOOP
      PERFORM set_config('emulator.delete_cause', root, true);
${cascades(objects, object)
  .map(
    ([child, by]) =>
      `      UPDATE ${table(child)} SET "IsDeleted" = true WHERE ${identifier(by)} = root AND NOT "IsDeleted";`,
  )
  .join('\n')}
    END LOOP;`,
)}
  PERFORM set_config('emulator.delete_cause', cause, true);
END $$;

CREATE OR REPLACE FUNCTION ${inSchema}.emulator_undelete(object text, ids text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
${branches((object) => {
  const unmerged = hasField(object, 'MasterRecordId') ? ', "MasterRecordId" = NULL' : '';
  const dependants = cascades(objects, object).map(
    ([child]) =>
      `    UPDATE ${table(child)} SET "IsDeleted" = false WHERE "Id" IN
      (SELECT d.id FROM ${inSchema}.emulator_deleted d WHERE d.object = ${literal(child)} AND d.cause = ANY(ids));`,
  );
  return `    RETURN QUERY UPDATE ${table(object.name)} SET "IsDeleted" = false${unmerged} WHERE "Id" = ANY(ids) AND "IsDeleted" RETURNING "Id";
${dependants.join('\n')}`;
})}
END $$;

CREATE OR REPLACE FUNCTION ${inSchema}.emulator_purge(before timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  purged bigint := 0;
  rows bigint;
BEGIN
${binned
  .map(
    ({ name }) => `  DELETE FROM ${table(name)} WHERE "IsDeleted" AND "SystemModstamp" < before;
  GET DIAGNOSTICS rows = ROW_COUNT;
  purged := purged + rows;`,
  )
  .join('\n')}
  RETURN purged;
END $$;
`;
}
