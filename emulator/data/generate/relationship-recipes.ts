import { literal } from '../sql.ts';
import { currencyFields, someIdSql, systemFields, type Generation, type Recipe } from './generation.ts';
import { createRandomSql } from './random-sql.ts';

const TYPE_NAMES = ['Product Line', 'Region', 'Subsidiary', 'Program', 'Department', 'Site', 'Project', 'License'];
/** Longer than 40 characters, which is more than many a consumer's column holds; an org allows 80. */
const LONG_TYPE_NAME = 'A relationship type whose name is rather long ';

export function relationshipTypeRecipe(generation: Generation): Recipe {
  const random = createRandomSql(generation.seed, 'JBCXM__GSRelationshipType__c');
  const rows = generation.sizes.relationshipTypes;
  const name = `(ARRAY[${TYPE_NAMES.map(literal).join(', ')}])[1 + (n - 1) % ${TYPE_NAMES.length}] || CASE WHEN n > ${TYPE_NAMES.length} THEN ' ' || n ELSE '' END`;
  return {
    object: 'JBCXM__GSRelationshipType__c',
    rows,
    fields: {
      ...systemFields(generation, 'a0R', random),
      IsDeleted: 'false',
      Name: generation.plantedBadRows
        ? `CASE WHEN n = ${rows} THEN ${literal(LONG_TYPE_NAME)} || n ELSE ${name} END`
        : name,
      JBCXM__Description__c: `'Relationships of type ' || n`,
      JBCXM__IsActive__c: `(n % 5 <> 0)`,
      OwnerId: someIdSql(generation, random, { field: 'OwnerId', keyPrefix: '005', rows: generation.sizes.users }),
      ...currencyFields(generation, random),
    },
  };
}

/** Relationships; planted bad rows are the 1 % without an account, the 1 % without a type and the 0.5 % without a name. */
export function relationshipRecipe(generation: Generation): Recipe {
  const random = createRandomSql(generation.seed, 'JBCXM__GSRelationship__c');
  const { relationships: rows, relationshipTypes, accounts, users } = generation.sizes;
  const usual = (field: string, percentBad: number, sql: string): string =>
    generation.plantedBadRows ? random.some(field, 100 - percentBad, sql) : sql;
  return {
    object: 'JBCXM__GSRelationship__c',
    rows,
    fields: {
      ...systemFields(generation, 'a0S', random),
      IsDeleted: `(${random.below('IsDeleted', 100)} = 0)`,
      Name: usual('Name', 0.5, `'Relationship ' || n`),
      JBCXM__Account__c: usual(
        'JBCXM__Account__c',
        1,
        someIdSql(generation, random, { field: 'account', keyPrefix: '001', rows: accounts }),
      ),
      JBCXM__RelationshipType__c: usual(
        'JBCXM__RelationshipType__c',
        1,
        someIdSql(generation, random, { field: 'type', keyPrefix: 'a0R', rows: relationshipTypes }),
      ),
      JBCXM__CSM__c: random.some(
        'JBCXM__CSM__c',
        70,
        someIdSql(generation, random, { field: 'csm', keyPrefix: '005', rows: users }),
      ),
      JBCXM__Status__c: random.pick('JBCXM__Status__c', ['Active', 'Active', 'Inactive', 'Churned']),
      JBCXM__Stage__c: random.some(
        'JBCXM__Stage__c',
        90,
        random.pick('JBCXM__Stage__c', ['Kicked Off', 'Onboarding', 'Adopting', 'At Risk']),
      ),
      JBCXM__ARR__c: random.some(
        'JBCXM__ARR__c',
        80,
        `round(${random.below('JBCXM__ARR__c', 90_000_000)}::numeric / 100, 2)`,
      ),
      JBCXM__MRR__c: random.some(
        'JBCXM__MRR__c',
        60,
        `round(${random.below('JBCXM__MRR__c', 9_000_000)}::numeric / 100, 2)`,
      ),
      JBCXM__RenewalDate__c: random.some(
        'JBCXM__RenewalDate__c',
        70,
        `(${literal(generation.until)}::timestamptz AT TIME ZONE 'UTC')::date + ${random.below('renewal', 500)}::int`,
      ),
      OwnerId: someIdSql(generation, random, { field: 'OwnerId', keyPrefix: '005', rows: users }),
      ...currencyFields(generation, random),
    },
  };
}
