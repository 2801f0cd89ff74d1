import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { standardObjects } from '../../emulator/data/standard-objects.ts';
import { normalizeId, recordId, toId18 } from '../../emulator/salesforce-id.ts';
import { sharedEmulator, startTestEmulator } from './test-emulator.ts';

test('the checksum of ids is the vendor’s', () => {
  // Ids of documentation examples.
  for (const id of ['00Dxx0000001gPLEAY', '005xx000001SwiUAAS', '750R0000000zlh9IAA', '012000000000000AAA']) {
    assert.equal(toId18(id.slice(0, 15)), id);
  }
  assert.equal(normalizeId('001xx'), undefined);
});

test('SQL and TypeScript make the same ids', async () => {
  const { pool, org } = await sharedEmulator();
  const instance = org.id.slice(3, 5);
  for (const counter of [1, 9, 10, 35, 36, 61, 62, 12_345, 999_999, 916_132_831]) {
    const { rows } = await pool.query<{ id: string }>(`SELECT ${org.schema}.emulator_id('a0R', $1) AS id`, [counter]);
    assert.equal(rows[0]?.id, recordId('a0R', instance, counter));
  }
});

test('the same seed makes the same rows, another seed others', async () => {
  const sizes = { users: 5, accounts: 50, contacts: 50, relationships: 5, opportunities: 5, cases: 5 };
  const print = async (seed: number): Promise<unknown> => {
    const { pool, org } = await startTestEmulator({
      orgs: [
        {
          name: 'acme',
          seed,
          sizes,
          apps: [{ clientId: 'test-app', clientSecret: 'test-secret', redirectUris: ['http://127.0.0.1:9/callback'] }],
        },
      ],
    });
    const { rows } = await pool.query(
      `SELECT md5(string_agg(a::text, '' ORDER BY a."Id")) AS accounts, (SELECT md5(string_agg(c::text, '' ORDER BY c."Id")) FROM ${org.schema}."Contact" c) AS contacts FROM ${org.schema}."Account" a`,
    );
    return rows[0];
  };
  const first = await print(7);
  assert.deepEqual(await print(7), first);
  assert.notDeepEqual(await print(8), first);
});

test('generated rows hold what consumers stumble over', async () => {
  const { pool, org } = await startTestEmulator({
    orgs: [
      {
        name: 'acme',
        sizes: { accounts: 3000, contacts: 3000 },
        apps: [{ clientId: 'test-app', clientSecret: 'test-secret', redirectUris: ['http://127.0.0.1:9/callback'] }],
      },
    ],
  });
  const q = (table: string): string => `${org.schema}."${table}"`;
  const facts: readonly (readonly [what: string, sql: string])[] = [
    ['parents that come later', `SELECT 1 FROM ${q('Account')} WHERE "ParentId" > "Id"`],
    ['parents that come earlier', `SELECT 1 FROM ${q('Account')} WHERE "ParentId" < "Id"`],
    ['inactive users', `SELECT 1 FROM ${q('User')} WHERE NOT "IsActive"`],
    ['inactive picklist values', `SELECT 1 FROM ${q('Account')} WHERE "Type" = 'Former Customer'`],
    ['several regions', `SELECT 1 FROM ${q('Account')} WHERE "Regions__c" LIKE '%;%'`],
    ['a lone end-of-data mark', `SELECT 1 FROM ${q('Account')} WHERE "Description" LIKE E'%\\n\\\\\\\\.\\n%'`],
    ['carriage returns', `SELECT 1 FROM ${q('Account')} WHERE "Description" LIKE E'%\\r\\n%'`],
    ['the string NULL', `SELECT 1 FROM ${q('Account')} WHERE "Name" = 'NULL'`],
    ['32,000 characters', `SELECT 1 FROM ${q('Account')} WHERE length("Description") > 31000`],
    ['contacts without account', `SELECT 1 FROM ${q('Contact')} WHERE "AccountId" IS NULL`],
    ['contacts without e-mail', `SELECT 1 FROM ${q('Contact')} WHERE "Email" IS NULL`],
    [
      'addresses shared but for their case',
      `SELECT 1 FROM ${q('Contact')} GROUP BY lower("Email") HAVING count(DISTINCT "Email") > 1`,
    ],
    ['mass updates', `SELECT 1 FROM ${q('Account')} GROUP BY "SystemModstamp" HAVING count(*) > 50`],
    ['merged accounts', `SELECT 1 FROM ${q('Account')} WHERE "IsDeleted" AND "MasterRecordId" IS NOT NULL`],
    [
      'relationships without account',
      `SELECT 1 FROM ${q('JBCXM__GSRelationship__c')} WHERE "JBCXM__Account__c" IS NULL`,
    ],
    ['a type name over 40 characters', `SELECT 1 FROM ${q('JBCXM__GSRelationshipType__c')} WHERE length("Name") > 40`],
  ];
  for (const [what, sql] of facts) assert.notEqual((await pool.query(`${sql} LIMIT 1`)).rowCount, 0, what);
  const never: readonly (readonly [what: string, sql: string])[] = [
    ['empty strings', `SELECT 1 FROM ${q('Account')} WHERE '' IN ("Name", "Sub_Industry__c", "Description")`],
    [
      'changes before creation',
      `SELECT 1 FROM ${q('Account')} WHERE "CreatedDate" > "LastModifiedDate" OR "LastModifiedDate" > "SystemModstamp"`,
    ],
    [
      'references to nowhere',
      `SELECT 1 FROM ${q('Contact')} c WHERE "AccountId" IS NOT NULL AND NOT EXISTS (SELECT FROM ${q('Account')} a WHERE a."Id" = c."AccountId")`,
    ],
    [
      'cycles',
      `WITH RECURSIVE up AS (SELECT "Id", "ParentId", 1 AS steps FROM ${q('Account')} UNION ALL SELECT up."Id", a."ParentId", steps + 1 FROM up JOIN ${q('Account')} a ON a."Id" = up."ParentId" WHERE steps < 60) SELECT 1 FROM up WHERE steps = 60`,
    ],
  ];
  for (const [what, sql] of never) assert.equal((await pool.query(sql)).rowCount, 0, what);
});

/** Field names of a standard object as jsforce's types list them, which were generated from a real org. */
async function fieldsOfRealOrgs(object: string): Promise<Set<string>> {
  const path = createRequire(import.meta.url)
    .resolve('jsforce')
    .replace(/index\.js$/, 'lib/types/standard-schema.d.ts');
  const text = await readFile(path, 'utf8');
  const block = new RegExp(`^type Fields\\$${object} = \\{$([\\s\\S]*?)^\\};`, 'm').exec(text)?.[1] ?? '';
  return new Set([...block.matchAll(/^ {4}(\w+)\??:/gm)].map((match) => match[1] ?? ''));
}

/** Standard fields that the types' org did not show: they need a setting or an edition. */
const BY_SETTING = [
  ...[
    'RecordTypeId',
    'MasterRecordId',
    'MiddleName',
    'AccountNumber',
    'Sic',
    'Ownership',
    'TickerSymbol',
    'Rating',
    'Site',
  ],
  ...['ExpectedRevenue', 'TotalOpportunityQuantity', 'IsPrivate'],
];

test('standard objects have no standard field that real orgs lack', async () => {
  for (const object of standardObjects({
    withRelationshipObjects: false,
    multiCurrency: false,
    middleName: true,
    personAccounts: false,
  })) {
    const real = await fieldsOfRealOrgs(object.name);
    assert.ok(real.size > 5, object.name);
    const invented = object.fields.filter(
      (field) => !/__[cs]$/.test(field.name) && !real.has(field.name) && !BY_SETTING.includes(field.name),
    );
    assert.deepEqual(
      invented.map((field) => field.name),
      [],
      object.name,
    );
  }
});
