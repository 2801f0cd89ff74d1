import { INDUSTRIES } from '../objects/account.ts';
import { literal } from '../sql.ts';
import {
  currencyFields,
  idSql,
  someIdSql,
  systemFields,
  type FieldExpressions,
  type Generation,
  type Recipe,
} from './generation.ts';
import { ACCOUNTS_PER_PERSON } from '../person-accounts-sql.ts';
import { parentNumberSql } from './hierarchy-sql.ts';
import { createRandomSql, textArray, type RandomSql } from './random-sql.ts';
import { RECORD_TYPES_PER_OBJECT } from './settings-recipes.ts';
import {
  CITIES,
  COMPANY_ENDINGS,
  COMPANY_FIRST,
  COMPANY_SECOND,
  COUNTRIES,
  FIRST_NAMES,
  LAST_NAMES,
  NASTY_LINES,
  NASTY_TEXTS,
  STATES,
  STREETS,
} from './words.ts';

/** Sub-industry by industry, so that generated pairs respect the dependency; an industry without one has none. */
const SUB_INDUSTRY: Readonly<Record<string, string>> = {
  Banking: 'Payments',
  Biotechnology: 'Pharma',
  Healthcare: 'Hospitals',
  Technology: 'Software',
  Electronics: 'Hardware',
  Telecommunications: 'Networks',
  Retail: 'Groceries',
  Energy: 'Renewables',
};

const addressFields = (random: RandomSql, prefix: string): FieldExpressions => ({
  [`${prefix}Street`]: random.some(
    `${prefix}Multi`,
    10,
    `(1 + ${random.below(prefix, 200)}) || ' ' || ${random.pick(`${prefix}Street`, STREETS)} || E'\\r\\nFloor 3'`,
    `(1 + ${random.below(prefix, 200)}) || ' ' || ${random.pick(`${prefix}Street`, STREETS)}`,
  ),
  [`${prefix}City`]: random.pick(`${prefix}City`, CITIES),
  [`${prefix}State`]: random.pick(`${prefix}City`, STATES),
  [`${prefix}PostalCode`]: `lpad(${random.below(`${prefix}PostalCode`, 100_000)}::text, 5, '0')`,
  [`${prefix}Country`]: random.pick(`${prefix}City`, COUNTRIES),
});

const customFields = (generation: Generation, random: RandomSql): FieldExpressions => ({
  ARR__c: random.some('ARR__c', 80, `round(${random.below('ARR__c', 5_000_000)}::numeric * 7 / 100, 2)`),
  Renewal_Date__c: random.some(
    'Renewal_Date__c',
    80,
    `(${literal(generation.until)}::timestamptz AT TIME ZONE 'UTC')::date + ${random.below('Renewal_Date__c', 730)}::int - 180`,
  ),
  External_Key__c: random.some('External_Key__c', 90, `'EXT-' || n`),
  Sub_Industry__c: random.some(
    'Sub_Industry__c',
    60,
    `nullif(${textArray(INDUSTRIES.map((industry) => SUB_INDUSTRY[industry] ?? ''))}[1 + ${random.below('Industry', INDUSTRIES.length)}], '')`,
  ),
  Support_Tier__c: random.some('Support_Tier__c', 70, random.pick('Support_Tier__c', ['PLT', 'GLD', 'STD', 'STD'])),
  Regions__c: random.some(
    'Regions__c',
    60,
    random.pick('Regions__c', ['EMEA', 'EMEA;APAC', 'North America', 'North America;EMEA;APAC;LATAM', 'Antarctica']),
  ),
  CSM__c: random.some(
    'CSM__c',
    50,
    someIdSql(generation, random, { field: 'CSM__c', keyPrefix: '005', rows: generation.sizes.users }),
  ),
  Health_Score__c: random.some(
    'Health_Score__c',
    85,
    `round(${random.below('Health_Score__c', 10_001)}::numeric / 100, 2)`,
  ),
  // Beyond 2^53, so that a consumer who goes through floating point is found out.
  Usage_Count__c: random.some('Usage_Count__c', 50, `9007199254740993 + n`),
  Discount__c: random.some('Discount__c', 40, `round(${random.below('Discount__c', 6000)}::numeric / 100, 2)`),
  Last_Review__c: random.some(
    'Last_Review__c',
    50,
    `stamp - interval '1 millisecond' * ${random.below('Last_Review__c', 100_000_000)}`,
  ),
  Support_Opens__c: random.some(
    'Support_Opens__c',
    50,
    `time '06:00' + make_interval(mins => 15 * ${random.below('Support_Opens__c', 24)}::int)`,
  ),
  Billing_Email__c: random.some('Billing_Email__c', 50, `'billing' || n || '@customer.example'`),
  Hotline__c: random.some('Hotline__c', 20, `'+49 30 ' || lpad(n::text, 7, '0')`),
  Portal__c: random.some('Portal__c', 20, `'https://portal.example/c/' || n || '?a=1&b=2'`),
  Strategic__c: `(${random.below('Strategic__c', 20)} = 0)`,
  Short_Note__c: random.some('Short_Note__c', 15, random.pick('Short_Note__c', NASTY_TEXTS)),
  Rich_Note__c: random.some('Rich_Note__c', 5, `'<p>Met <b>twice</b> &amp; agreed on ' || n || '</p>'`),
  Tax_Id__c: random.some('Tax_Id__c', 10, `'****' || lpad((n % 10000)::text, 4, '0')`),
  Headquarters__Latitude__s: random.some(
    'Headquarters',
    30,
    `round(${random.below('Latitude', 1_800_000)}::numeric / 10000 - 90, 4)`,
  ),
  Headquarters__Longitude__s: random.some(
    'Headquarters',
    30,
    `round(${random.below('Longitude', 3_600_000)}::numeric / 10000 - 180, 4)`,
  ),
});

const isPerson = `n % ${ACCOUNTS_PER_PERSON} = 13`;

const personFields = (random: RandomSql): FieldExpressions => {
  const person = (sql: string): string => `CASE WHEN ${isPerson} THEN ${sql} END`;
  const [first, last] = [random.pick('FirstName', FIRST_NAMES), random.pick('LastName', LAST_NAMES)];
  return {
    IsPersonAccount: `(${isPerson})`,
    FirstName: person(first),
    LastName: person(last),
    Name: `CASE WHEN ${isPerson} THEN ${first} || ' ' || ${last} ELSE 'Company ' || n END`,
    PersonEmail: person(`'private' || n || '@home.example'`),
    Loyalty__pc: person(`'Silver'`),
  };
};

/** Accounts: a fifth in hierarchies, every custom type, awkward names and descriptions, one in a hundred in the bin. */
export function accountRecipe(generation: Generation): Recipe {
  const random = createRandomSql(generation.seed, 'Account');
  const rows = generation.sizes.accounts;
  const name = `${random.pick('first', COMPANY_FIRST)} || ' ' || ${random.pick('second', COMPANY_SECOND)} || ' ' || ${random.pick('ending', COMPANY_ENDINGS)} || ' ' || n`;
  const deleted = `(${random.below('IsDeleted', 100)} = 0)`;
  return {
    object: 'Account',
    rows,
    fields: {
      ...systemFields(generation, '001', random),
      IsDeleted: deleted,
      MasterRecordId: `CASE WHEN ${deleted} AND ${random.below('merged', 2)} = 0 THEN ${idSql(generation, '001', `(n % ${Math.max(1, rows)} + 1)`)} END`,
      Name: random.some(
        'nasty',
        2,
        `${random.pick('nasty', NASTY_LINES)} || CASE WHEN n % 3 = 0 THEN '' ELSE ' ' || n END`,
        name,
      ),
      Type: random.some(
        'Type',
        90,
        random.pick('Type', [
          'Customer',
          'Customer',
          'Customer',
          'Prospect',
          'Partner',
          'Reseller',
          'Other',
          'Former Customer',
        ]),
      ),
      RecordTypeId: idSql(generation, '012', `(1 + ${random.below('RecordTypeId', RECORD_TYPES_PER_OBJECT)})`),
      ParentId: random.some('ParentId', 20, idSql(generation, '001', parentNumberSql(rows, 8))),
      ...addressFields(random, 'Billing'),
      ShippingCity: random.some('ShippingCity', 30, random.pick('ShippingCity', CITIES)),
      ShippingCountry: random.some('ShippingCity', 30, random.pick('ShippingCity', COUNTRIES)),
      Phone: random.some('Phone', 80, `'(415) ' || lpad((n % 10000000)::text, 7, '0')`),
      AccountNumber: random.some('AccountNumber', 85, `'A-' || lpad(n::text, 8, '0')`),
      Website: random.some('Website', 70, `'www.customer' || n || '.example'`),
      Industry: random.some('Industry', 90, random.pick('Industry', INDUSTRIES)),
      AnnualRevenue: random.some('AnnualRevenue', 75, `${random.below('AnnualRevenue', 1_000_000)} * 1000`),
      NumberOfEmployees: random.some('NumberOfEmployees', 85, `${random.below('NumberOfEmployees', 50_000)}::int`),
      Ownership: random.some('Ownership', 40, random.pick('Ownership', ['Public', 'Private', 'Subsidiary', 'Other'])),
      TickerSymbol: random.some('TickerSymbol', 10, `upper(substr(md5(n::text), 1, 4))`),
      Description: `CASE WHEN n % 1000 = 7 THEN repeat('thirty-two thousand characters. ', 1000) ELSE ${random.some('Description', 30, random.pick('Description', NASTY_TEXTS), random.some('plain', 40, `'Customer since ' || to_char(created, 'YYYY') || ', number ' || n`))} END`,
      Rating: random.some('Rating', 50, random.pick('Rating', ['Hot', 'Warm', 'Cold'])),
      AccountSource: random.some(
        'AccountSource',
        50,
        random.pick('AccountSource', ['Web', 'Phone Inquiry', 'Partner Referral', 'Other']),
      ),
      OwnerId: someIdSql(generation, random, { field: 'OwnerId', keyPrefix: '005', rows: generation.sizes.users }),
      ...customFields(generation, random),
      ...(generation.features.personAccounts ? personFields(random) : {}),
      ...currencyFields(generation, random),
    },
  };
}
