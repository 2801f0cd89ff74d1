import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedEmulator } from './test-emulator.ts';

const QUERY = '/services/data/v62.0/query';

interface Reply {
  readonly totalSize: number;
  readonly records: readonly { readonly Id: string }[];
}

async function query(soql: string, resource = QUERY): Promise<{ status: number; text: string }> {
  const { get } = await sharedEmulator();
  const response = await get(`${resource}?q=${encodeURIComponent(soql)}`);
  return { status: response.status, text: await response.text() };
}

/** Conditions on Account and the SQL that says the same by hand, over the storage as `a`. */
const SAME: readonly (readonly [soql: string, sql: string])[] = [
  [`Industry = 'Banking'`, `a."Industry" = 'Banking'`],
  [`industry = 'bAnKiNg'`, `a."Industry" = 'Banking'`],
  [`Industry != 'Banking'`, `a."Industry" IS DISTINCT FROM 'Banking'`],
  [`Industry <> 'Banking'`, `a."Industry" IS DISTINCT FROM 'Banking'`],
  [`NOT Industry = 'Banking'`, `a."Industry" IS DISTINCT FROM 'Banking'`],
  [`Industry = null`, `a."Industry" IS NULL`],
  [`Industry != null`, `a."Industry" IS NOT NULL`],
  [`Industry = ''`, `a."Industry" IS NULL`],
  [`Industry IN ('Banking', 'ENERGY')`, `a."Industry" IN ('Banking', 'Energy')`],
  [`Industry IN ('Banking', null)`, `a."Industry" = 'Banking' OR a."Industry" IS NULL`],
  [`Industry NOT IN ('Banking', 'Energy')`, `a."Industry" IS NULL OR a."Industry" NOT IN ('Banking', 'Energy')`],
  [`Name LIKE '%GMBH%'`, `a."Name" ILIKE '%GmbH%'`],
  [`NOT Name LIKE '%GmbH%'`, `a."Name" NOT LIKE '%GmbH%'`],
  [`Name LIKE '_cme%'`, `a."Name" ILIKE '_cme%'`],
  [`Name LIKE '\\\\%'`, `starts_with(a."Name", '\\')`],
  [`Name = '"Quoted" Ltd'`, `a."Name" = '"Quoted" Ltd'`],
  [`Name LIKE 'Robert\\'); DROP%'`, `a."Name" LIKE 'Robert''); DROP%'`],
  [`Name > 'M' AND Name <= 'n'`, `lower(a."Name") COLLATE "C" > 'm' AND lower(a."Name") COLLATE "C" <= 'n'`],
  [`NumberOfEmployees > 40000`, `a."NumberOfEmployees" > 40000`],
  [`NumberOfEmployees >= 100 AND NumberOfEmployees < 2000`, `a."NumberOfEmployees" BETWEEN 100 AND 1999`],
  [
    `NOT (NumberOfEmployees > 40000 AND Industry = 'Energy')`,
    `(a."NumberOfEmployees" > 40000 AND a."Industry" = 'Energy') IS NOT TRUE`,
  ],
  [
    `(Industry = 'Energy' OR Industry = 'Media') AND Rating = 'Hot'`,
    `a."Industry" IN ('Energy', 'Media') AND a."Rating" = 'Hot'`,
  ],
  [
    `Rating = 'Hot' AND (NOT (Industry = 'Energy' OR Industry = null))`,
    `a."Rating" = 'Hot' AND a."Industry" <> 'Energy'`,
  ],
  [`ARR__c > 100000.5`, `a."ARR__c" > 100000.5`],
  [`ARR__c = null OR ARR__c < 1000`, `a."ARR__c" IS NULL OR a."ARR__c" < 1000`],
  [`Usage_Count__c = 9007199254740994`, `a."Usage_Count__c" = 9007199254740994`],
  [`Strategic__c = TRUE`, `a."Strategic__c"`],
  [`Strategic__c != true`, `NOT a."Strategic__c"`],
  [`IsDeleted = true`, `false`],
  [`SystemModstamp >= 2025-09-01T00:00:00.000Z`, `a."SystemModstamp" >= '2025-09-01'`],
  [
    `SystemModstamp >= 2025-09-01T02:00:00+02:00 AND SystemModstamp < 2026-01-01T00:00:00Z`,
    `a."SystemModstamp" >= '2025-09-01' AND a."SystemModstamp" < '2026-01-01'`,
  ],
  [`SystemModstamp = 2026-01-22T00:00:00Z`, `a."SystemModstamp" = '2026-01-22'`],
  [`Renewal_Date__c > 2026-06-01`, `a."Renewal_Date__c" > '2026-06-01'`],
  [`Renewal_Date__c IN (2026-06-01, 2026-06-02)`, `a."Renewal_Date__c" IN ('2026-06-01', '2026-06-02')`],
  [`CreatedDate = LAST_N_DAYS:400`, `a."CreatedDate" >= current_date - 400 AND a."CreatedDate" < current_date + 1`],
  [`CreatedDate < LAST_N_MONTHS:12`, `a."CreatedDate" < date_trunc('month', now()) - interval '12 months'`],
  [`Renewal_Date__c = THIS_YEAR`, `date_trunc('year', a."Renewal_Date__c") = date_trunc('year', now())`],
  [
    `Renewal_Date__c != THIS_YEAR`,
    `date_trunc('year', a."Renewal_Date__c") IS DISTINCT FROM date_trunc('year', now())`,
  ],
  [`Renewal_Date__c > TODAY`, `a."Renewal_Date__c" > current_date`],
  [`Renewal_Date__c <= NEXT_N_DAYS:90`, `a."Renewal_Date__c" <= current_date + 90`],
  [
    `Renewal_Date__c = NEXT_QUARTER`,
    `date_trunc('quarter', a."Renewal_Date__c") = date_trunc('quarter', now()) + interval '3 months'`,
  ],
  [`CALENDAR_YEAR(CreatedDate) = 2025`, `extract(year FROM a."CreatedDate") = 2025`],
  [`DAY_ONLY(SystemModstamp) = 2026-01-22`, `a."SystemModstamp"::date = '2026-01-22'`],
  [
    `Regions__c INCLUDES ('EMEA;APAC', 'Antarctica')`,
    `string_to_array(a."Regions__c", ';') @> '{EMEA,APAC}' OR a."Regions__c" = 'Antarctica'`,
  ],
  [`Regions__c EXCLUDES ('EMEA')`, `a."Regions__c" IS NULL OR NOT string_to_array(a."Regions__c", ';') @> '{EMEA}'`],
  [`Regions__c = 'EMEA;APAC'`, `a."Regions__c" = 'EMEA;APAC'`],
  [`Owner.Name LIKE 'A%'`, `EXISTS (SELECT FROM "User" u WHERE u."Id" = a."OwnerId" AND u."Name" ILIKE 'A%')`],
  [
    `Owner.Manager.IsActive = false`,
    `EXISTS (SELECT FROM "User" u JOIN "User" m ON m."Id" = u."ManagerId" WHERE u."Id" = a."OwnerId" AND NOT m."IsActive")`,
  ],
  [`Parent.Name = null`, `a."ParentId" IS NULL`],
  [
    `Parent.Industry != 'Energy'`,
    `(SELECT p."Industry" FROM "Account" p WHERE p."Id" = a."ParentId") IS DISTINCT FROM 'Energy'`,
  ],
  [`CSM__r.IsActive = true`, `EXISTS (SELECT FROM "User" u WHERE u."Id" = a."CSM__c" AND u."IsActive")`],
  [
    `RecordType.DeveloperName = 'Partner'`,
    `EXISTS (SELECT FROM "RecordType" r WHERE r."Id" = a."RecordTypeId" AND r."DeveloperName" = 'Partner')`,
  ],
  [
    `Id IN (SELECT AccountId FROM Contact WHERE DoNotCall = true)`,
    `EXISTS (SELECT FROM "Contact" c WHERE c."AccountId" = a."Id" AND c."DoNotCall" AND NOT c."IsDeleted")`,
  ],
  [
    `Id NOT IN (SELECT AccountId FROM Contact)`,
    `NOT EXISTS (SELECT FROM "Contact" c WHERE c."AccountId" = a."Id" AND NOT c."IsDeleted")`,
  ],
  [
    `OwnerId IN (SELECT Id FROM User WHERE IsActive = false)`,
    `EXISTS (SELECT FROM "User" u WHERE u."Id" = a."OwnerId" AND NOT u."IsActive")`,
  ],
  [`Revenue_Per_Head__c > 100000`, `a."AnnualRevenue" / nullif(a."NumberOfEmployees", 0) > 100000`],
  [`External_Key__c = 'EXT-7'`, `a."External_Key__c" = 'EXT-7'`],
  [`External_Key__c = 'ext-7'`, `false`],
];

for (const [soql, sql] of SAME) {
  test(`WHERE ${soql} finds the rows that SQL finds`, async () => {
    const { pool, org } = await sharedEmulator();
    const reply = await query(`SELECT Id FROM Account WHERE ${soql} ORDER BY Id`);
    assert.equal(reply.status, 200, reply.text);
    const client = await pool.connect();
    try {
      await client.query(`SET search_path = ${org.schema}; SET timezone = 'UTC'`);
      const { rows } = await client.query<{ Id: string }>(
        `SELECT a."Id" FROM "Account" a WHERE NOT a."IsDeleted" AND (${sql}) ORDER BY 1`,
      );
      assert.deepEqual(
        (JSON.parse(reply.text) as Reply).records.map((record) => record.Id),
        rows.map((row) => row.Id),
      );
    } finally {
      client.release();
    }
  });
}

test('the conditions above find something, most of them', async () => {
  let found = 0;
  for (const [soql] of SAME) {
    const { totalSize } = JSON.parse((await query(`SELECT COUNT() FROM Account WHERE ${soql}`)).text) as Reply;
    if (totalSize > 0) found += 1;
  }
  assert.ok(found >= SAME.length - 8, `Only ${found} of ${SAME.length} conditions find rows.`);
});

const REFUSED: readonly (readonly [soql: string, code: string])[] = [
  ['', 'MALFORMED_QUERY'],
  ['SELECT Id FROM', 'MALFORMED_QUERY'],
  ['SELECT Id, FROM Account', 'MALFORMED_QUERY'],
  ['SELECT FROM Account', 'MALFORMED_QUERY'],
  ['DELETE FROM Account', 'MALFORMED_QUERY'],
  ["SELECT Id FROM Account WHERE Name = 'unclosed", 'MALFORMED_QUERY'],
  ["SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", 'MALFORMED_QUERY'],
  ["SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Name = 'c'", 'MALFORMED_QUERY'],
  ['SELECT Id FROM Nope', 'INVALID_TYPE'],
  ['SELECT Nope FROM Account', 'INVALID_FIELD'],
  ['SELECT Owner.Nope FROM Account', 'INVALID_FIELD'],
  ['SELECT Nope.Name FROM Account', 'INVALID_FIELD'],
  ['SELECT Id, Name, id FROM Account', 'INVALID_FIELD'],
  ['SELECT Id FROM Account WHERE Nope = 1', 'INVALID_FIELD'],
  ['SELECT Id FROM Account ORDER BY Nope', 'INVALID_FIELD'],
  ['SELECT Id FROM Account WHERE Name = 5', 'INVALID_FIELD'],
  ["SELECT Id FROM Account WHERE NumberOfEmployees = '5'", 'INVALID_FIELD'],
  ["SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01'", 'INVALID_FIELD'],
  ['SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01', 'INVALID_FIELD'],
  ["SELECT Id FROM Account WHERE Strategic__c = 'true'", 'INVALID_FIELD'],
  ["SELECT Id FROM Account WHERE Description = 'x'", 'INVALID_FIELD'],
  ["SELECT Id FROM Account WHERE Id = 'x'", 'INVALID_QUERY_FILTER_OPERATOR'],
  ["SELECT Id FROM Account WHERE Id LIKE '001%'", 'INVALID_QUERY_FILTER_OPERATOR'],
  ["SELECT Id FROM Account WHERE Name INCLUDES ('x')", 'INVALID_QUERY_FILTER_OPERATOR'],
  ['SELECT Name, COUNT(Id) FROM Account GROUP BY Industry', 'MALFORMED_QUERY'],
  ['SELECT FIELDS(ALL) FROM Account', 'MALFORMED_QUERY'],
  ['SELECT Id FROM Account LIMIT 1 OFFSET 2001', 'NUMBER_OUTSIDE_VALID_RANGE'],
  ['SELECT Id, (SELECT Id FROM Nopes) FROM Account', 'INVALID_TYPE'],
];

for (const [soql, code] of REFUSED) {
  test(`"${soql}" is refused with ${code}`, async () => {
    const { status, text } = await query(soql);
    assert.equal(status, 400, text);
    assert.equal((JSON.parse(text) as { errorCode: string }[])[0]?.errorCode, code, text);
  });
}

test('a refusal shows the place with a caret', async () => {
  const { text } = await query('SELECT Id, Nope FROM Account');
  assert.equal(
    (JSON.parse(text) as { message: string }[])[0]?.message,
    "\nSELECT Id, Nope FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column 'Nope' on entity 'Account'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
  );
});

test('names come back in their own case, in the order asked for, parents nested and null where there is none', async () => {
  const { text } = await query(
    'SELECT parent.name, ID, Parent.Owner.Email, NAME, Parent.Id FROM account WHERE ParentId = null LIMIT 1',
  );
  assert.match(
    text,
    /"records":\[\{"attributes":\{"type":"Account","url":"\/services\/data\/v62\.0\/sobjects\/Account\/001\w{15}"\},"Parent":null,"Id":"001\w{15}","Name":"/,
  );
  const child = await query('SELECT Parent.Owner.Email, Parent.Name FROM Account WHERE ParentId != null LIMIT 1');
  assert.match(
    child.text,
    /"Parent":\{"attributes":\{"type":"Account",[^}]+\},"Owner":\{"attributes":\{"type":"User",[^}]+\},"Email":"[^"]+"\},"Name":"/,
  );
});

test('numbers, dates and times are written as an org writes them', async () => {
  const { text } = await query(
    "SELECT Usage_Count__c, ARR__c, SystemModstamp, Renewal_Date__c, Support_Opens__c, Strategic__c FROM Account WHERE Usage_Count__c = 9007199254741000 OR External_Key__c = 'EXT-7'",
  );
  const { pool, org } = await sharedEmulator();
  const { rows } = await pool.query<{ usage: string | null }>(
    `SELECT "Usage_Count__c"::text AS usage FROM ${org.schema}."Account" WHERE "External_Key__c" = 'EXT-7'`,
  );
  // Beyond 2^53: the digits must survive.
  if (rows[0]?.usage !== null) assert.match(text, /"Usage_Count__c":9007199254741000\.0/);
  assert.match(text, /"SystemModstamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000"/);
});

test('groups come back under their aliases, or expr0, expr1, …', async () => {
  const { pool, org } = await sharedEmulator();
  const { text } = await query(
    'SELECT Industry, COUNT(Id) many, MAX(AnnualRevenue), COUNT_DISTINCT(OwnerId) FROM Account GROUP BY Industry HAVING COUNT(Id) > 20 ORDER BY COUNT(Id) DESC, Industry',
  );
  const { rows } =
    await pool.query(`SELECT "Industry", count(*)::int AS many, max("AnnualRevenue")::float8 AS expr0, count(DISTINCT "OwnerId")::int AS expr1
    FROM ${org.schema}."Account" WHERE NOT "IsDeleted" GROUP BY 1 HAVING count(*) > 20 ORDER BY 2 DESC, lower("Industry") COLLATE "C" NULLS FIRST`);
  const { records } = JSON.parse(text) as { records: Record<string, unknown>[] };
  assert.deepEqual(
    records,
    rows.map((row: object) => ({ attributes: { type: 'AggregateResult' }, ...row })),
  );
});

test('nulls come first in both directions unless asked otherwise', async () => {
  const first = async (order: string): Promise<unknown> =>
    (
      JSON.parse((await query(`SELECT Id, Rating FROM Account ORDER BY ${order} LIMIT 1`)).text) as {
        records: { Rating: unknown }[];
      }
    ).records[0]?.Rating;
  assert.deepEqual(
    [
      await first('Rating'),
      await first('Rating DESC'),
      await first('Rating NULLS LAST'),
      await first('Rating DESC NULLS LAST'),
    ],
    [null, null, 'Cold', 'Warm'],
  );
});

test('queryAll shows what lies in the recycle bin, query does not', async () => {
  const { pool, org } = await sharedEmulator();
  const { rows } = await pool.query<{ total: number; deleted: number }>(
    `SELECT count(*)::int AS total, count(*) FILTER (WHERE "IsDeleted")::int AS deleted FROM ${org.schema}."Account"`,
  );
  const [truth] = rows;
  assert.ok(truth !== undefined && truth.deleted > 0);
  const total = async (resource: string): Promise<number> =>
    (JSON.parse((await query('SELECT COUNT() FROM Account', resource)).text) as Reply).totalSize;
  assert.equal(await total(QUERY), truth.total - truth.deleted);
  assert.equal(await total('/services/data/v62.0/queryAll'), truth.total);
});

test('ids of 15 characters find the same record', async () => {
  const { org } = await sharedEmulator();
  const id = org.users[0]?.id ?? '';
  const { text } = await query(`SELECT Id FROM User WHERE Id IN ('${id.slice(0, 15)}')`);
  assert.equal((JSON.parse(text) as Reply).records[0]?.Id, id);
});
