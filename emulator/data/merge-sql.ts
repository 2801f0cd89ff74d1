import { hasField, isStored, type ObjectDefinition } from './definition.ts';
import { identifier } from './sql.ts';

/** Returns the names of stored references to `target`, by object. */
function referencesTo(objects: readonly ObjectDefinition[], target: string): [object: string, field: string][] {
  return objects.flatMap((object) =>
    object.fields
      .filter(
        (field) => isStored(field) && field.name !== 'MasterRecordId' && field.referenceTo?.includes(target) === true,
      )
      .map((field): [string, string] => [object.name, field.name]),
  );
}

/**
 * Returns the SQL of `emulator_merge(object, winner, loser)`: the loser goes to the bin with MasterRecordId set, and every record that
 * pointed at it points at the winner, each with a new stamp, as a merge in the org does.
 */
export function mergeFunctionSql(schema: string, objects: readonly ObjectDefinition[]): string {
  const inSchema = identifier(schema);
  const branches = objects
    .filter((object) => object.mergeable && hasField(object, 'MasterRecordId'))
    .map((object) => {
      const moves = referencesTo(objects, object.name).map(
        ([table, field]) =>
          `    UPDATE ${inSchema}.${identifier(table)} SET ${identifier(field)} = winner WHERE ${identifier(field)} = loser;`,
      );
      return `  IF object = '${object.name}' THEN
${moves.join('\n')}
    UPDATE ${inSchema}.${identifier(object.name)} SET "IsDeleted" = true, "MasterRecordId" = winner WHERE "Id" = loser;
    UPDATE ${inSchema}.${identifier(object.name)} SET "LastModifiedById" = "LastModifiedById" WHERE "Id" = winner;
    RETURN;
  END IF;`;
    });
  return `
CREATE OR REPLACE FUNCTION ${inSchema}.emulator_merge(object text, winner text, loser text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
${branches.join('\n')}
  RAISE EXCEPTION 'Records of "%" cannot be merged.', object;
END $$;
`;
}
