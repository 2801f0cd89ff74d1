import assert from 'node:assert/strict';
import { test } from 'node:test';
import { once } from '../support/when-tests-end.ts';
import { APP, startTestEmulator, type TestEmulator } from './test-emulator.ts';

const V62 = '/services/data/v62.0';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const started = once(() => startTestEmulator());

type Row = Readonly<Record<string, unknown>>;

const firstCode = async (response: Response): Promise<[number, unknown]> => [
  response.status,
  ((await response.json()) as { errorCode: string }[])[0]?.errorCode,
];

async function records(
  { get }: Pick<TestEmulator, 'get'>,
  soql: string,
  resource: 'query' | 'queryAll' = 'query',
): Promise<Row[]> {
  const response = await get(`${V62}/${resource}?q=${encodeURIComponent(soql)}`);
  const body = (await response.json()) as { records?: Row[] };
  assert.ok(body.records !== undefined, JSON.stringify(body));
  return body.records.map(({ attributes: _, ...record }) => record);
}

async function create(emulator: TestEmulator, object: string, body: object): Promise<string> {
  const response = await emulator.send('POST', `${V62}/sobjects/${object}`, body);
  const text = await response.text();
  assert.equal(response.status, 201, text);
  return (JSON.parse(text) as { id: string }).id;
}

test('a roll-up follows its children and moves only the stamp of the parent', async () => {
  const emulator = await startTestEmulator();
  const { control, send } = emulator;
  const parent = await create(emulator, 'Account', { Name: 'Parent' });
  const fields = 'Open_Opportunities__c, Won_Amount__c, Last_Close_Date__c';
  const read = async (): Promise<Row> =>
    (await records(emulator, `SELECT ${fields} FROM Account WHERE Id = '${parent}'`))[0] ?? {};
  const stamps = async (): Promise<Row> =>
    (await records(emulator, `SELECT SystemModstamp, LastModifiedDate FROM Account WHERE Id = '${parent}'`))[0] ?? {};
  assert.deepEqual(await read(), { Open_Opportunities__c: 0, Won_Amount__c: 0, Last_Close_Date__c: null });

  const before = await stamps();
  await control('POST', '/orgs/acme/clock', { advanceMs: HOUR_MS });
  const deal = (stage: string, Amount: number, CloseDate: string): Promise<string> =>
    create(emulator, 'Opportunity', { Name: 'Deal', AccountId: parent, StageName: stage, Amount, CloseDate });
  const open = await deal('Prospecting', 10, '2026-03-01');
  await deal('Closed Won', 1000.5, '2026-05-01');
  assert.deepEqual(await read(), {
    Open_Opportunities__c: 1,
    Won_Amount__c: 1000.5,
    Last_Close_Date__c: '2026-05-01',
  });
  const after = await stamps();
  assert.notEqual(after['SystemModstamp'], before['SystemModstamp']);
  assert.equal(after['LastModifiedDate'], before['LastModifiedDate']);

  await send('PATCH', `${V62}/sobjects/Opportunity/${open}`, { StageName: 'Closed Won' });
  assert.deepEqual((await read())['Won_Amount__c'], 1010.5);
  await send('DELETE', `${V62}/sobjects/Opportunity/${open}`);
  assert.deepEqual((await read())['Won_Amount__c'], 1000.5);
});

test('generated roll-ups are true', async () => {
  const { pool, org } = await started();
  const { rows } = await pool.query(
    `SELECT 1 FROM ${org.schema}."Account" a WHERE "Open_Opportunities__c" <> (SELECT count(*) FROM ${org.schema}."Opportunity" o
       WHERE o."AccountId" = a."Id" AND NOT o."IsDeleted" AND o."StageName" NOT LIKE 'Closed %')`,
  );
  assert.deepEqual(rows, []);
  const { rowCount } = await pool.query(`SELECT 1 FROM ${org.schema}."Account" WHERE "Won_Amount__c" > 0`);
  assert.notEqual(rowCount, 0);
});

test('a formula over another object changes without a stamp', async () => {
  const emulator = await startTestEmulator();
  const [owner] = await records(emulator, `SELECT OwnerId FROM Account WHERE External_Key__c = 'EXT-7'`);
  const read = (): Promise<Row[]> =>
    records(emulator, `SELECT Owner_Department__c, SystemModstamp FROM Account WHERE External_Key__c = 'EXT-7'`);
  const [before] = await read();
  await emulator.control('POST', '/orgs/acme/mutate', {
    statements: [
      { sql: `UPDATE "User" SET "Department" = 'Moved' WHERE "Id" = $1`, parameters: [String(owner?.['OwnerId'])] },
    ],
  });
  assert.deepEqual(await read(), [{ ...before, Owner_Department__c: 'Moved' }]);
});

test('a late commit brings rows with stamps of the past, and latestDateCovered waits for it', async () => {
  const emulator = await startTestEmulator();
  const { get, control } = emulator;
  const covered = async (): Promise<number> => {
    const [start, end] = [-HOUR_MS, 2 * DAY_MS].map((ms) =>
      encodeURIComponent(new Date(Date.now() + ms).toISOString()),
    );
    const reply = await get(`${V62}/sobjects/Account/updated?start=${start ?? ''}&end=${end ?? ''}`);
    return Date.parse(((await reply.json()) as { latestDateCovered: string }).latestDateCovered.replace('+0000', 'Z'));
  };
  const { transaction } = (await control('POST', '/orgs/acme/transactions', {
    statements: [{ sql: `INSERT INTO "Account" ("Name") VALUES ('Long way')` }],
  })) as { transaction: number };
  await control('POST', `/orgs/acme/transactions/${transaction}/statements`, {
    statements: [{ sql: `UPDATE "Account" SET "Site" = 'late' WHERE "External_Key__c" = 'EXT-7'` }],
  });
  const { now } = (await control('POST', '/orgs/acme/clock', { advanceMs: HOUR_MS })) as { now: string };
  assert.ok((await covered()) < Date.parse(now) - HOUR_MS / 2);
  assert.deepEqual(await records(emulator, `SELECT Id FROM Account WHERE Site = 'late'`), []);
  await control('POST', `/orgs/acme/transactions/${transaction}/commit`);
  const late = await records(emulator, `SELECT SystemModstamp FROM Account WHERE Site = 'late' OR Name = 'Long way'`);
  assert.equal(late.length, 2);
  for (const { SystemModstamp } of late) {
    assert.ok(Date.parse(String(SystemModstamp).replace('+0000', 'Z')) < Date.parse(now) - HOUR_MS / 2);
  }
  assert.ok((await covered()) >= Date.parse(now) - 60_000);
  await assert.rejects(
    control('POST', `/orgs/acme/transactions/${transaction}/commit`),
    /There is no open transaction/,
  );
});

test('a rolled back transaction leaves nothing', async () => {
  const emulator = await started();
  const { transaction } = (await emulator.control('POST', '/orgs/acme/transactions', {
    statements: [{ sql: `INSERT INTO "Account" ("Name") VALUES ('Never was')` }],
  })) as { transaction: number };
  await emulator.control('POST', `/orgs/acme/transactions/${transaction}/rollback`);
  assert.deepEqual(await records(emulator, `SELECT Id FROM Account WHERE Name = 'Never was'`, 'queryAll'), []);
  await assert.rejects(
    emulator.control('POST', '/orgs/acme/transactions', { statements: [{ sql: 'SELECT nonsense' }] }),
    /column \\"nonsense\\" does not exist/,
  );
});

test('deleting a parent takes its dependants along, undeleting brings them back, purging ends them', async () => {
  const emulator = await startTestEmulator({
    orgs: [{ name: 'acme', apps: [APP], sessionTimeoutMs: 30 * DAY_MS }],
  });
  const { control, send, pool, org } = emulator;
  const parent = await create(emulator, 'Account', { Name: 'Parent' });
  const kept = await create(emulator, 'Contact', { LastName: 'Kept', AccountId: parent });
  const earlier = await create(emulator, 'Contact', { LastName: 'Earlier', AccountId: parent });
  await create(emulator, 'Case', { Subject: 'Stays', AccountId: parent });
  await send('DELETE', `${V62}/sobjects/Contact/${earlier}`);
  await send('DELETE', `${V62}/sobjects/Account/${parent}`);
  const contacts = `SELECT Id, IsDeleted FROM Contact WHERE AccountId = '${parent}' ORDER BY LastName`;
  assert.deepEqual(await records(emulator, contacts, 'queryAll'), [
    { Id: earlier, IsDeleted: true },
    { Id: kept, IsDeleted: true },
  ]);
  assert.equal((await records(emulator, `SELECT Id FROM Case WHERE AccountId = '${parent}'`)).length, 1);

  assert.deepEqual(await control('POST', '/orgs/acme/undelete', { object: 'Account', ids: [parent] }), {
    ids: [parent],
  });
  assert.deepEqual(await records(emulator, contacts, 'queryAll'), [
    { Id: earlier, IsDeleted: true },
    { Id: kept, IsDeleted: false },
  ]);

  await send('DELETE', `${V62}/sobjects/Account/${parent}`);
  await control('POST', '/orgs/acme/clock', { advanceMs: 10 * DAY_MS });
  await control('POST', '/orgs/acme/empty-bin', { olderThanDays: 15 });
  assert.equal((await records(emulator, contacts, 'queryAll')).length, 2);
  await control('POST', '/orgs/acme/empty-bin', { olderThanDays: 9 });
  assert.equal((await records(emulator, contacts, 'queryAll')).length, 0);
  const gone = await pool.query(`SELECT purged FROM ${org.schema}.emulator_deleted WHERE id = $1`, [parent]);
  assert.deepEqual(gone.rows, [{ purged: true }]);
});

test('losers of a merge point at the winner until they are undeleted', async () => {
  const emulator = await startTestEmulator();
  const [winner, ...losers] = await Promise.all(
    ['Winner', 'Loser', 'Other loser'].map((Name) => create(emulator, 'Account', { Name })),
  );
  const contact = await create(emulator, 'Contact', { LastName: 'Moved', AccountId: losers[1] });
  await emulator.control('POST', '/orgs/acme/merge', { object: 'Account', winner, losers });
  assert.deepEqual(await records(emulator, `SELECT AccountId, IsDeleted FROM Contact WHERE Id = '${contact}'`), [
    { AccountId: winner, IsDeleted: false },
  ]);
  const masters = `SELECT MasterRecordId FROM Account WHERE Id IN ('${losers.join("', '")}') AND IsDeleted = true`;
  assert.deepEqual(
    await records(emulator, masters, 'queryAll'),
    losers.map(() => ({ MasterRecordId: winner })),
  );
  await emulator.control('POST', '/orgs/acme/undelete', { object: 'Account', ids: losers });
  assert.deepEqual(await records(emulator, masters, 'queryAll'), []);
});

test('fields, objects and records are hidden from one user and not from another', async () => {
  const emulator = await startTestEmulator({
    orgs: [
      {
        name: 'acme',
        apps: [APP],
        users: [
          { username: 'ann@acme.example', password: 'x' },
          { username: 'bob@acme.example', password: 'x' },
        ],
      },
    ],
  });
  const ann = emulator.org.users[0]?.id ?? '';
  const other = (
    await emulator.pool.query<{ token: string }>(
      `INSERT INTO emulator.session (access_token, client_id, org_id, user_id, scope, issued_at, expires_at)
     SELECT replace(access_token, '!', '!bob'), client_id, org_id, $1, scope, issued_at, expires_at FROM emulator.session RETURNING access_token AS token`,
      [emulator.org.users[1]?.id],
    )
  ).rows[0]?.token;
  const bob = { get: (path: string) => emulator.get(path, { authorization: `Bearer ${other ?? ''}` }) };
  const last = await emulator.get(`${V62}/sobjects/Account/describe`);
  const since = { 'if-modified-since': last.headers.get('last-modified') ?? '' };

  await emulator.control('PUT', '/orgs/acme/users/ann@acme.example/access', {
    hidden: ['Account.ARR__c', 'Case'],
    readOnly: ['Account.Name'],
    ownRowsOnly: true,
  });
  const described = await emulator.get(`${V62}/sobjects/Account/describe`, since);
  const names = ((await described.json()) as { fields: { name: string; updateable: boolean }[] }).fields;
  assert.deepEqual(
    names.find((field) => field.name === 'ARR__c'),
    undefined,
  );
  assert.equal(names.find((field) => field.name === 'Name')?.updateable, false);
  const query = (user: Pick<TestEmulator, 'get'>, soql: string): Promise<Response> =>
    user.get(`${V62}/query?q=${encodeURIComponent(soql)}`);
  assert.deepEqual(await firstCode(await query(emulator, 'SELECT ARR__c FROM Account')), [400, 'INVALID_FIELD']);
  assert.deepEqual(await firstCode(await query(emulator, 'SELECT Id FROM Case')), [400, 'INVALID_TYPE']);
  assert.deepEqual(await firstCode(await emulator.get(`${V62}/sobjects/Case/describe`)), [404, 'NOT_FOUND']);
  assert.equal((await query(bob, 'SELECT ARR__c FROM Account LIMIT 1')).status, 200);

  const mine = await records(emulator, 'SELECT OwnerId FROM Account');
  const all = await records(bob, 'SELECT OwnerId FROM Account LIMIT 2000');
  assert.ok(mine.length > 0 && mine.length < all.length / 10);
  assert.ok(mine.every((record) => record['OwnerId'] === ann));

  await emulator.control('DELETE', '/orgs/acme/users/ann@acme.example/access');
  assert.equal((await query(emulator, 'SELECT ARR__c, (SELECT Id FROM Cases) FROM Account LIMIT 1')).status, 200);
});

test('fields change their name and type, with their values as far as these fit', async () => {
  const emulator = await startTestEmulator();
  const { control } = emulator;
  const field = (name: string): string => `/orgs/acme/objects/Account/fields/${name}`;
  await control('PUT', field('Score__c'), { type: 'string', length: 20, label: 'Score' });
  await create(emulator, 'Account', { Name: 'A', Site: 'scored', Score__c: '12.50' });
  await create(emulator, 'Account', { Name: 'B', Site: 'scored', Score__c: 'many' });
  await control('PUT', field('Score__c'), { type: 'double', length: 0, precision: 18, scale: 2 });
  const scores = `SELECT Score__c FROM Account WHERE Site = 'scored' ORDER BY Name`;
  assert.deepEqual(await records(emulator, scores), [{ Score__c: 12.5 }, { Score__c: null }]);

  await control('POST', `${field('NumberOfEmployees')}/rename`, { to: 'Head_Count__c' });
  const [row] = await records(
    emulator,
    `SELECT Head_Count__c, AnnualRevenue, Revenue_Per_Head__c FROM Account WHERE AnnualRevenue > 0 AND Head_Count__c > 0 LIMIT 1`,
  );
  assert.equal(
    row?.['Revenue_Per_Head__c'],
    Math.round((Number(row?.['AnnualRevenue']) / Number(row?.['Head_Count__c'])) * 100) / 100,
  );

  await control('DELETE', field('Score__c'));
  await control('PUT', field('Score__c'), { type: 'boolean', length: 0, nillable: false });
  const [described] = await records(emulator, `SELECT Score__c FROM Account WHERE Site = 'scored' LIMIT 1`);
  assert.deepEqual(described, { Score__c: null });
});

test('a picklist value that is renamed changes its rows and no stamp', async () => {
  const emulator = await startTestEmulator();
  const count = async (rating: string): Promise<number> =>
    (await records(emulator, `SELECT Id FROM Account WHERE Rating = '${rating}'`)).length;
  const newest = (): Promise<Row[]> => records(emulator, 'SELECT MAX(SystemModstamp) newest FROM Account');
  const [hot, stamp] = [await count('Hot'), await newest()];
  const renamed = await emulator.control('POST', '/orgs/acme/objects/Account/fields/Rating/rename-value', {
    from: 'Hot',
    to: 'Burning',
  });
  assert.ok((renamed as { rows: number }).rows >= hot);
  assert.deepEqual([await count('Hot'), await count('Burning')], [0, hot]);
  assert.deepEqual(await newest(), stamp);
});

test('archived activities are seen by queryAll alone', async () => {
  const emulator = await started();
  for (const object of ['Task', 'Event']) {
    const plain = await records(emulator, `SELECT IsArchived FROM ${object}`);
    assert.ok(plain.length > 0 && plain.every((record) => record['IsArchived'] === false));
    const old = await records(emulator, `SELECT Id FROM ${object} WHERE IsArchived = true`, 'queryAll');
    assert.ok(old.length > 0, object);
  }
});

test('a person account and its contact are one', async () => {
  const emulator = await startTestEmulator({
    orgs: [{ name: 'acme', apps: [APP], sizes: { accounts: 200, contacts: 100 }, personAccounts: true }],
  });
  const persons = await records(
    emulator,
    'SELECT Name, PersonEmail, PersonContact.Name, PersonContact.Email, PersonContact.IsPersonAccount FROM Account WHERE IsPersonAccount = true',
  );
  assert.ok(persons.length >= 9);
  for (const { Name, PersonEmail, PersonContact } of persons) {
    const { attributes: _, ...contact } = PersonContact as Row;
    assert.deepEqual(contact, { Name, Email: PersonEmail, IsPersonAccount: true });
  }
  const id = await create(emulator, 'Account', { FirstName: 'Ada', LastName: 'Lovelace', Loyalty__pc: 'Gold' });
  await emulator.send('PATCH', `${V62}/sobjects/Account/${id}`, { LastName: 'Byron' });
  const [made] = await records(
    emulator,
    `SELECT Name, IsPersonAccount, PersonContact.LastName, PersonContact.Loyalty__c FROM Account WHERE Id = '${id}'`,
  );
  assert.deepEqual([made?.['Name'], made?.['IsPersonAccount']], ['Ada Byron', true]);
  const { attributes: _, ...contact } = made?.['PersonContact'] as Row;
  assert.deepEqual(contact, { LastName: 'Byron', Loyalty__c: 'Gold' });
});

test('calls count for a day of the org’s clock', async () => {
  const emulator = await startTestEmulator({
    orgs: [{ name: 'acme', apps: [APP], sessionTimeoutMs: 30 * DAY_MS }],
  });
  const usage = async (): Promise<string | null> =>
    (await emulator.get(`${V62}/limits`)).headers.get('sforce-limit-info');
  await emulator.control('POST', '/orgs/acme/limits', { used: 500, limit: 1000 });
  assert.equal(await usage(), 'api-usage=501/1000');
  await emulator.control('POST', '/orgs/acme/clock', { advanceMs: DAY_MS / 20 });
  assert.equal(await usage(), 'api-usage=502/1000');
  await emulator.control('POST', '/orgs/acme/clock', { advanceMs: 2 * DAY_MS });
  assert.match((await usage()) ?? '', /^api-usage=\d\/1000$/);
});
