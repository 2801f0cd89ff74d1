import type { ObjectDefinition } from '../definition.ts';
import { sequenceName } from '../column.ts';
import { ACCOUNTS_PER_PERSON, fillPersonsSql } from '../person-accounts-sql.ts';
import { fillRollupsSql } from '../rollup-sql.ts';
import { identifier, literal } from '../sql.ts';
import { accountRecipe } from './account-recipe.ts';
import { contactRecipe } from './contact-recipe.ts';
import { eventRecipe, leadRecipe, taskRecipe } from './activity-recipes.ts';
import { caseRecipe, opportunityRecipe } from './deal-recipes.ts';
import { createdSql, stampSql, type Generation, type Recipe } from './generation.ts';
import { createRandomSql } from './random-sql.ts';
import { relationshipRecipe, relationshipTypeRecipe } from './relationship-recipes.ts';
import { fixedRows } from './settings-recipes.ts';
import { userRecipe } from './user-recipe.ts';

const recipes = (generation: Generation): Recipe[] => [
  userRecipe(generation),
  accountRecipe(generation),
  contactRecipe(generation),
  opportunityRecipe(generation),
  caseRecipe(generation),
  leadRecipe(generation),
  taskRecipe(generation),
  eventRecipe(generation),
  ...(generation.features.withRelationshipObjects
    ? [relationshipTypeRecipe(generation), relationshipRecipe(generation)]
    : []),
];

const columnList = (fields: Readonly<Record<string, string>>): string => Object.keys(fields).map(identifier).join(', ');

/** One statement that makes all rows of an object; `OFFSET 0` keeps stamp and creation from being computed once per use. */
function recipeSql(schema: string, generation: Generation, { object, rows, fields }: Recipe): string {
  const random = createRandomSql(generation.seed, object);
  return `
INSERT INTO ${identifier(schema)}.${identifier(object)} (${columnList(fields)})
SELECT ${Object.values(fields).join(',\n  ')}
FROM (
  SELECT n, stamp, date_trunc('second', stamp - ${createdSql(random)}) AS created
  FROM (SELECT n, ${stampSql(generation, random)} AS stamp FROM generate_series(1, ${rows}::bigint) n OFFSET 0) stamped
  OFFSET 0
) source;`;
}

/**
 * Returns the statements that fill a new org, each of which makes any number of rows in flat memory.
 *
 * The same seed, sizes and features always give the same rows: values are hashes of the row's number, nothing is drawn at random.
 */
export function fillOrgStatements(
  schema: string,
  generation: Generation,
  objects: readonly ObjectDefinition[],
): string[] {
  const fixed = fixedRows(generation).map(
    ({ object, fields }) =>
      `INSERT INTO ${identifier(schema)}.${identifier(object)} (${columnList(fields)}) VALUES (${Object.values(fields).join(', ')});`,
  );
  const generated = recipes(generation);
  const persons = generation.features.personAccounts ? Math.ceil(generation.sizes.accounts / ACCOUNTS_PER_PERSON) : 0;
  // New records continue after the generated ones.
  const sequences = objects.map((object) => {
    const made = generated.find((recipe) => recipe.object === object.name)?.rows ?? 100;
    const rows = object.name === 'Contact' ? made + persons : made;
    const name = `${identifier(schema)}.${identifier(sequenceName(object))}`;
    return `SELECT setval(${literal(name)}, ${Math.max(1, rows)});`;
  });
  return [
    ...fixed,
    ...generated.filter((recipe) => recipe.rows > 0).map((recipe) => recipeSql(schema, generation, recipe)),
    ...(persons > 0 ? fillPersonsSql(schema, generation) : []),
    ...sequences,
    ...fillRollupsSql(schema, objects),
  ];
}
