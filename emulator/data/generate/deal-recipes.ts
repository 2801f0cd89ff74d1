import { STAGES } from '../objects/opportunity.ts';
import { literal } from '../sql.ts';
import { currencyFields, idSql, someIdSql, systemFields, type Generation, type Recipe } from './generation.ts';
import { createRandomSql } from './random-sql.ts';
import { RECORD_TYPES_PER_OBJECT } from './settings-recipes.ts';
import { NASTY_TEXTS } from './words.ts';

export function opportunityRecipe(generation: Generation): Recipe {
  const random = createRandomSql(generation.seed, 'Opportunity');
  const { opportunities: rows, accounts, users } = generation.sizes;
  return {
    object: 'Opportunity',
    rows,
    fields: {
      ...systemFields(generation, '006', random),
      IsDeleted: `(${random.below('IsDeleted', 100)} = 0)`,
      AccountId: random.some(
        'AccountId',
        98,
        someIdSql(generation, random, { field: 'AccountId', keyPrefix: '001', rows: accounts }),
      ),
      RecordTypeId: idSql(
        generation,
        '012',
        `(${RECORD_TYPES_PER_OBJECT + 1} + ${random.below('RecordTypeId', RECORD_TYPES_PER_OBJECT)})`,
      ),
      Name: `'Opportunity ' || n || ' – "Phase ' || (1 + ${random.below('phase', 4)}) || '"'`,
      Description: random.some('Description', 10, random.pick('Description', NASTY_TEXTS)),
      StageName: random.pick('StageName', STAGES),
      Amount: random.some('Amount', 90, `round(${random.below('Amount', 100_000_000)}::numeric / 100, 2)`),
      Probability: `10 * ${random.below('Probability', 11)}`,
      CloseDate: `(${literal(generation.until)}::timestamptz AT TIME ZONE 'UTC')::date + ${random.below('CloseDate', 500)}::int - 300`,
      Type: random.some('Type', 80, random.pick('Type', ['New Business', 'Existing Business', 'Renewal'])),
      LeadSource: random.some('LeadSource', 50, random.pick('LeadSource', ['Web', 'Phone Inquiry', 'Other'])),
      OwnerId: someIdSql(generation, random, { field: 'OwnerId', keyPrefix: '005', rows: users }),
      ...currencyFields(generation, random),
    },
  };
}

export function caseRecipe(generation: Generation): Recipe {
  const random = createRandomSql(generation.seed, 'Case');
  const { cases: rows, accounts, contacts, users } = generation.sizes;
  return {
    object: 'Case',
    rows,
    fields: {
      ...systemFields(generation, '500', random),
      IsDeleted: `(${random.below('IsDeleted', 100)} = 0)`,
      CaseNumber: `lpad(n::text, 8, '0')`,
      ContactId: random.some(
        'ContactId',
        80,
        someIdSql(generation, random, { field: 'ContactId', keyPrefix: '003', rows: contacts }),
      ),
      AccountId: random.some(
        'AccountId',
        90,
        someIdSql(generation, random, { field: 'AccountId', keyPrefix: '001', rows: accounts }),
      ),
      Type: random.some('Type', 80, random.pick('Type', ['Question', 'Problem', 'Feature Request'])),
      Status: random.pick('Status', ['New', 'Working', 'Escalated', 'Closed']),
      Reason: random.some('Reason', 50, random.pick('Reason', ['Installation', 'Performance', 'Breakdown', 'Other'])),
      Origin: random.pick('Origin', ['Email', 'Phone', 'Web']),
      Subject: `'Case ' || n || ': it does not work'`,
      Priority: random.pick('Priority', ['High', 'Medium', 'Low']),
      Description: random.some('Description', 40, random.pick('Description', NASTY_TEXTS)),
      ClosedDate: `CASE WHEN ${random.pick('Status', ['New', 'Working', 'Escalated', 'Closed'])} = 'Closed' THEN stamp END`,
      IsEscalated: `(${random.below('IsEscalated', 10)} = 0)`,
      OwnerId: someIdSql(generation, random, { field: 'OwnerId', keyPrefix: '005', rows: users }),
      ...currencyFields(generation, random),
    },
  };
}
