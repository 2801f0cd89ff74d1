import assert from 'node:assert/strict';
import { test } from 'node:test';
import { once } from '../support/when-tests-end.ts';
import { APP, startTestEmulator } from './test-emulator.ts';

type Row = Readonly<Record<string, unknown>>;

const started = once(() =>
  startTestEmulator({
    orgs: [{ name: 'acme', apps: [APP], sizes: { accounts: 600, contacts: 300 }, multiCurrency: true }],
  }),
);

async function query(soql: string): Promise<Row[]> {
  const { get } = await started();
  const response = await get(`/services/data/v62.0/queryAll?q=${encodeURIComponent(soql)}`);
  const body = (await response.json()) as { records?: Row[] };
  assert.ok(body.records !== undefined, JSON.stringify(body));
  return body.records;
}

async function refusal(soql: string): Promise<unknown> {
  const { get } = await started();
  const response = await get(`/services/data/v62.0/query?q=${encodeURIComponent(soql)}`);
  return ((await response.json()) as { errorCode: string }[])[0]?.errorCode;
}

/** Rows of the storage, with `Tables` of the org's schema in front. */
async function stored(sql: string): Promise<Row[]> {
  const { pool, org } = await started();
  const client = await pool.connect();
  try {
    await client.query(`SET search_path = ${org.schema}`);
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.query('RESET search_path');
    client.release();
  }
}

test('a reference to several objects leads to whichever it is', async () => {
  const rows = await query('SELECT Id, Who.Name, Who.Type, WhoId FROM Task WHERE WhoId != null ORDER BY Id');
  const types = new Map([
    ['003', 'Contact'],
    ['00Q', 'Lead'],
  ]);
  const seen = new Set<unknown>();
  const names = await stored(`SELECT "Id", "Name" FROM "Contact" UNION ALL SELECT "Id", "Name" FROM "Lead"`);
  const nameOf = new Map(names.map((row) => [row['Id'], row['Name']]));
  for (const { Who, WhoId } of rows) {
    const id = String(WhoId);
    const type = types.get(id.slice(0, 3));
    assert.deepEqual(Who, {
      attributes: { type: 'Name', url: `/services/data/v62.0/sobjects/${type ?? ''}/${id}` },
      Name: nameOf.get(id),
      Type: type,
    });
    seen.add(type);
  }
  assert.deepEqual([...seen].sort(), ['Contact', 'Lead']);
});

test('a filter by the type of a reference finds what the prefix of its id says', async () => {
  const found = await query(`SELECT WhatId FROM Event WHERE What.Type = 'Opportunity'`);
  const truth = await stored(`SELECT 1 FROM "Event" WHERE left("WhatId", 3) = '006'`);
  assert.ok(found.length > 0);
  assert.equal(found.length, truth.length);
  assert.ok(found.every((row) => String(row['WhatId']).startsWith('006')));
});

test('TYPEOF shows other fields for each object, ELSE those that all have', async () => {
  const rows = await query(
    'SELECT WhatId, TYPEOF What WHEN Account THEN Phone, AccountNumber WHEN Opportunity THEN Amount ELSE Name, Type END FROM Task',
  );
  const keys = new Map<string, string>();
  for (const { WhatId, What } of rows) {
    const shown = What === null ? 'null' : Object.keys(What as object).join();
    keys.set(typeof WhatId === 'string' ? WhatId.slice(0, 3) : 'none', shown);
  }
  assert.deepEqual(
    ['001', '006', '500', 'none'].map((prefix) => keys.get(prefix)),
    ['attributes,Phone,AccountNumber', 'attributes,Amount', 'attributes,Name,Type', 'null'],
  );
  const [deal] = rows.filter((row) => String(row['WhatId']).startsWith('006'));
  const [truth] = await stored(
    `SELECT "Amount"::float8 AS "Amount" FROM "Opportunity" WHERE "Id" = '${String(deal?.['WhatId'])}'`,
  );
  assert.equal((deal?.['What'] as Row)['Amount'], truth?.['Amount']);

  assert.equal(await refusal('SELECT TYPEOF What WHEN User THEN Name END FROM Task'), 'INVALID_TYPE');
  assert.equal(await refusal('SELECT TYPEOF What WHEN Account THEN Nope END FROM Task'), 'INVALID_FIELD');
  assert.equal(await refusal('SELECT TYPEOF Nope WHEN Account THEN Id END FROM Task'), 'INVALID_FIELD');
});

test('toLabel gives labels, in the selection and in conditions', async () => {
  const rows = await query("SELECT toLabel(Support_Tier__c) FROM Account WHERE toLabel(Support_Tier__c) = 'gold'");
  const truth = await stored(`SELECT 1 FROM "Account" WHERE "Support_Tier__c" = 'GLD'`);
  assert.ok(rows.length > 0);
  assert.equal(rows.length, truth.length);
  assert.ok(rows.every((row) => row['Support_Tier__c'] === 'Gold'));
});

test('convertCurrency divides by the rate of the record’s currency', async () => {
  const rows = await query(
    'SELECT Id, CurrencyIsoCode, convertCurrency(Amount) FROM Opportunity WHERE Amount != null ORDER BY Id',
  );
  const truth = await stored(
    `SELECT o."Id", o."CurrencyIsoCode", round(o."Amount" / c."ConversionRate", 2)::float8 AS "Amount"
     FROM "Opportunity" o JOIN "CurrencyType" c ON c."IsoCode" = o."CurrencyIsoCode" WHERE o."Amount" IS NOT NULL ORDER BY o."Id"`,
  );
  assert.deepEqual(
    rows.map(({ attributes: _, ...row }) => row),
    truth,
  );
  assert.ok(new Set(rows.map((row) => row['CurrencyIsoCode'])).size > 1);
  assert.equal(await refusal('SELECT convertCurrency(Name) FROM Account'), 'INVALID_FIELD');
});

test('DISTANCE measures along the sphere, by miles and kilometres', async () => {
  const { send } = await started();
  await send('POST', '/services/data/v62.0/sobjects/Account', {
    Name: 'Potsdam',
    Headquarters__Latitude__s: 52.4009,
    Headquarters__Longitude__s: 13.0591,
  });
  const berlin = 'GEOLOCATION(52.5200, 13.4050)';
  const measure = async (unit: string): Promise<number> => {
    const [row] = await query(
      `SELECT DISTANCE(Headquarters__c, ${berlin}, '${unit}') d FROM Account WHERE Name = 'Potsdam'`,
    );
    return Number(row?.['d']);
  };
  // Some 27 km as the crow flies.
  assert.ok(Math.abs((await measure('km')) - 26.9) < 0.2, String(await measure('km')));
  assert.ok(Math.abs((await measure('km')) / (await measure('mi')) - 1.609344) < 0.001);
  const near = await query(`SELECT Name FROM Account WHERE DISTANCE(Headquarters__c, ${berlin}, 'km') < 30`);
  assert.ok(near.some((row) => row['Name'] === 'Potsdam'));
  const all = await query(
    `SELECT Id, DISTANCE(Headquarters__c, ${berlin}, 'km') d FROM Account WHERE Headquarters__Latitude__s != null AND Headquarters__Longitude__s != null ORDER BY DISTANCE(Headquarters__c, ${berlin}, 'km')`,
  );
  const ways = all.map((row) => Number(row['d']));
  assert.deepEqual(
    ways,
    ways.toSorted((a, b) => a - b),
  );
  assert.equal(await refusal(`SELECT Id FROM Account WHERE DISTANCE(Name, ${berlin}, 'km') < 1`), 'INVALID_FIELD');
  assert.equal(
    await refusal(`SELECT Id FROM Account WHERE DISTANCE(Headquarters__c, ${berlin}, 'ly') < 1`),
    'MALFORMED_QUERY',
  );
  assert.equal(
    await refusal(`SELECT Id FROM Account WHERE DISTANCE(Headquarters__c, GEOLOCATION(91, 0), 'km') < 1`),
    'MALFORMED_QUERY',
  );
});

test('ROLLUP and CUBE add subtotals, which GROUPING tells from groups of nothing', async () => {
  const sum = async (by: 'ROLLUP' | 'CUBE'): Promise<Row[]> =>
    query(
      `SELECT Industry, Rating, GROUPING(Industry) gi, GROUPING(Rating) gr, COUNT(Id) n FROM Account GROUP BY ${by}(Industry, Rating)`,
    );
  const truth = async (by: 'ROLLUP' | 'CUBE'): Promise<Row[]> =>
    stored(
      `SELECT "Industry", "Rating", grouping("Industry") AS gi, grouping("Rating") AS gr, count(*)::int AS n FROM "Account" GROUP BY ${by}("Industry", "Rating")`,
    );
  for (const by of ['ROLLUP', 'CUBE'] as const) {
    const plain = (rows: Row[]): string[] =>
      rows.map((row) => ['Industry', 'Rating', 'gi', 'gr', 'n'].map((name) => JSON.stringify(row[name])).join()).sort();
    assert.deepEqual(plain(await sum(by)), plain(await truth(by)), by);
  }
  assert.equal(await refusal('SELECT Name, COUNT(Id) FROM Account GROUP BY ROLLUP(Industry)'), 'MALFORMED_QUERY');
});

test('the Bulk API refuses TYPEOF', async () => {
  const { send } = await started();
  const response = await send('POST', '/services/data/v62.0/jobs/query', {
    operation: 'query',
    query: 'SELECT TYPEOF What WHEN Account THEN Phone END FROM Task',
  });
  assert.equal(((await response.json()) as { errorCode: string }[])[0]?.errorCode, 'API_ERROR');
});

test('a child query with a condition of its own pages with the rest', async () => {
  const { get } = await started();
  const soql = `SELECT Id, (SELECT Id FROM Contacts WHERE LastName != 'x') FROM Account WHERE Name != 'x'`;
  const first = await get(`/services/data/v62.0/query?q=${encodeURIComponent(soql)}`, {
    'sforce-query-options': 'batchSize=200',
  });
  const page = (await first.json()) as { records: Row[]; nextRecordsUrl: string };
  assert.equal(page.records.length, 200);
  assert.equal((await get(page.nextRecordsUrl)).status, 200);
});
