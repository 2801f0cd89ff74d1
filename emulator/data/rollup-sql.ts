import type { FieldDefinition, ObjectDefinition, Rollup } from './definition.ts';
import { identifier } from './sql.ts';

/** A roll-up field and the object that has it. */
interface RollupField {
  readonly parent: ObjectDefinition;
  readonly field: FieldDefinition;
  readonly rollup: Rollup;
}

/** Roll-ups by what has to be watched for them: a child object and its reference to the parent. */
function rollupGroups(objects: readonly ObjectDefinition[]): RollupField[][] {
  const groups = new Map<string, RollupField[]>();
  for (const parent of objects) {
    for (const field of parent.fields) {
      const { rollup } = field;
      if (rollup === undefined) continue;
      const key = `${parent.name}/${rollup.child}/${rollup.by}`;
      groups.set(key, [...(groups.get(key) ?? []), { parent, field, rollup }]);
    }
  }
  return [...groups.values()];
}

/** SQL of a roll-up's value over the children `c` of one parent. */
function valueSql({ operation, field, whereSql }: Rollup): string {
  const filter = whereSql === undefined ? '' : ` FILTER (WHERE ${whereSql.replaceAll('$"', 'c."')})`;
  if (operation === 'COUNT') return `count(*)${filter}`;
  const value = `${operation.toLowerCase()}(c.${identifier(field ?? '')})${filter}`;
  return operation === 'SUM' ? `coalesce(${value}, 0)` : value;
}

/** SQL that sets the roll-ups of parents whose ids `condition` chooses (over alias `p`), where they differ. */
function recalculateSql(schema: string, group: readonly RollupField[], condition: string): string {
  const [first] = group;
  if (first === undefined) return '';
  const { parent, rollup } = first;
  const table = (name: string): string => `${identifier(schema)}.${identifier(name)}`;
  const columns = group.map(({ field }) => identifier(field.name));
  const values = group.map((one, index) => `${valueSql(one.rollup)} AS v${index}`);
  const fresh = columns.map((_, index) => `r.v${index}`);
  return `UPDATE ${table(parent.name)} p SET ${columns.map((column, index) => `${column} = r.v${index}`).join(', ')}
    FROM (
      SELECT p."Id", ${values.join(', ')}
      FROM ${table(parent.name)} p
      LEFT JOIN ${table(rollup.child)} c ON c.${identifier(rollup.by)} = p."Id" AND NOT c."IsDeleted"
      WHERE ${condition} GROUP BY p."Id"
    ) r
    WHERE p."Id" = r."Id" AND (${columns.map((column) => `p.${column}`).join(', ')}) IS DISTINCT FROM (${fresh.join(', ')});`;
}

const groupName = (group: readonly RollupField[]): string =>
  `emulator_rollup_${group[0]?.parent.keyPrefix ?? ''}_${group[0]?.rollup.by.toLowerCase() ?? ''}`;

/** Returns the SQL that fills the roll-ups of a new org, before there are triggers: stamps stay as generated. */
export const fillRollupsSql = (schema: string, objects: readonly ObjectDefinition[]): string[] =>
  rollupGroups(objects).map((group) => {
    const { rollup } = group[0] ?? {};
    const children = `SELECT DISTINCT ${identifier(rollup?.by ?? '')} FROM ${identifier(schema)}.${identifier(rollup?.child ?? '')}`;
    return recalculateSql(schema, group, `p."Id" IN (${children})`);
  });

/**
 * Returns the SQL of the triggers that keep roll-ups true, statement by statement. A parent whose value changes gets a new
 * SystemModstamp, and its LastModifiedDate stays: it was the org that changed it.
 */
export const rollupTriggersSql = (schema: string, objects: readonly ObjectDefinition[]): string[] =>
  rollupGroups(objects).map((group) => {
    const { rollup } = group[0] ?? {};
    const by = identifier(rollup?.by ?? '');
    const child = `${identifier(schema)}.${identifier(rollup?.child ?? '')}`;
    const name = groupName(group);
    const call = `FOR EACH STATEMENT EXECUTE FUNCTION ${identifier(schema)}.${name}()`;
    return `
CREATE OR REPLACE FUNCTION ${identifier(schema)}.${name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched text[];
  touch text := coalesce(current_setting('emulator.touch', true), '');
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(DISTINCT ${by}) INTO touched FROM new_rows;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(DISTINCT ${by}) INTO touched FROM old_rows;
  ELSE
    SELECT array_agg(DISTINCT ids.id) INTO touched
    FROM (SELECT ${by} AS id FROM new_rows UNION SELECT ${by} FROM old_rows) ids;
  END IF;
  IF touched IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM set_config('emulator.touch', CASE touch WHEN 'none' THEN 'none' ELSE 'stamp' END, true);
  ${recalculateSql(schema, group, 'p."Id" = ANY(touched)')}
  PERFORM set_config('emulator.touch', touch, true);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER ${name}_insert AFTER INSERT ON ${child} REFERENCING NEW TABLE AS new_rows ${call};
CREATE OR REPLACE TRIGGER ${name}_update AFTER UPDATE ON ${child} REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows ${call};
CREATE OR REPLACE TRIGGER ${name}_delete AFTER DELETE ON ${child} REFERENCING OLD TABLE AS old_rows ${call};
`;
  });
