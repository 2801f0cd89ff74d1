import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request } from 'undici';
import { gunzipSync } from 'node:zlib';
import { APP, sharedEmulator, startTestEmulator } from './test-emulator.ts';

const V62 = '/services/data/v62.0';
const json = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;
const firstError = async (response: Response): Promise<[number, unknown]> => [
  response.status,
  ((await response.json()) as { errorCode: string }[])[0]?.errorCode,
];

test('versions are listed for everyone; retired and unheard-of ones are refused', async () => {
  const { emulator, get } = await sharedEmulator();
  const versions = (await (await fetch(`${emulator.url}/services/data/`)).json()) as {
    version: string;
    label: string;
  }[];
  assert.deepEqual(
    versions.find((one) => one.version === '62.0'),
    { label: "Winter '25", url: V62, version: '62.0' },
  );
  assert.deepEqual(await firstError(await get('/services/data/v30.0/limits')), [410, 'UNSUPPORTED_API_VERSION']);
  assert.deepEqual(await firstError(await get('/services/data/v99.0/limits')), [404, 'NOT_FOUND']);
});

test('without a token every data route answers 401', async () => {
  const { emulator } = await sharedEmulator();
  for (const path of ['', '/sobjects', '/query?q=SELECT+Id+FROM+Account', '/limits', '/jobs/query']) {
    assert.deepEqual(await firstError(await fetch(emulator.url + V62 + path)), [401, 'INVALID_SESSION_ID'], path);
  }
});

test('describe gives fields, picklists without inactive values, and bitmaps of dependent values', async () => {
  const { get } = await sharedEmulator();
  const described = await json(await get(`${V62}/sobjects/account/describe/`));
  const fields = described['fields'] as {
    name: string;
    type: string;
    picklistValues: { value: string; validFor: string | null }[];
  }[];
  const values = (name: string): { value: string; validFor: string | null }[] =>
    fields.find((field) => field.name === name)?.picklistValues ?? [];
  assert.ok(!values('Industry').some((value) => value.value === 'Railroads'));
  const industries = values('Industry').map((value) => value.value);
  const bits = Buffer.from(
    values('Sub_Industry__c').find((value) => value.value === 'Payments')?.validFor ?? '',
    'base64',
  );
  const allowed = industries.filter((_, index) => ((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0);
  assert.deepEqual(allowed, ['Banking', 'Retail', 'Technology']);
  const types = new Set(fields.map((field) => field.type));
  for (const type of [
    'id',
    'string',
    'textarea',
    'boolean',
    'int',
    'double',
    'currency',
    'percent',
    'date',
    'datetime',
    'time',
    'email',
    'phone',
    'url',
    'picklist',
    'multipicklist',
    'reference',
    'encryptedstring',
    'address',
    'location',
  ]) {
    assert.ok(types.has(type), type);
  }
});

test('describe answers 304 until the object changes', async () => {
  const emulator = await startTestEmulator();
  const first = await emulator.get(`${V62}/sobjects/Account/describe`);
  const since = { 'if-modified-since': first.headers.get('last-modified') ?? '' };
  await first.text();
  assert.equal((await emulator.get(`${V62}/sobjects/Account/describe`, since)).status, 304);
  await emulator.control('PUT', '/orgs/acme/objects/Account/fields/Tier__c', {
    label: 'Tier',
    type: 'picklist',
    picklistValues: [{ value: 'Gold', label: 'Gold', active: true, defaultValue: false }],
  });
  const changed = await emulator.get(`${V62}/sobjects/Account/describe`, since);
  assert.equal(changed.status, 200);
  assert.match(await changed.text(), /"name":"Tier__c"/);
  assert.equal((await emulator.get(`${V62}/query?q=SELECT+Tier__c+FROM+Account+LIMIT+1`)).status, 200);
  await emulator.control('DELETE', '/orgs/acme/objects/Account/fields/Tier__c');
  assert.deepEqual(await firstError(await emulator.get(`${V62}/query?q=SELECT+Tier__c+FROM+Account+LIMIT+1`)), [
    400,
    'INVALID_FIELD',
  ]);
});

test('an org without the relationship objects, middle names and currencies does not know them', async () => {
  const bare = await startTestEmulator({ orgs: [{ name: 'bare', apps: [APP], withRelationshipObjects: false }] });
  assert.deepEqual(await firstError(await bare.get(`${V62}/sobjects/JBCXM__GSRelationship__c/describe`)), [
    404,
    'NOT_FOUND',
  ]);
  assert.deepEqual(await firstError(await bare.get(`${V62}/query?q=SELECT+CurrencyIsoCode+FROM+Account`)), [
    400,
    'INVALID_FIELD',
  ]);
  const rich = await startTestEmulator({
    orgs: [{ name: 'rich', apps: [APP], multiCurrency: true, middleName: true }],
  });
  assert.equal(
    (await rich.get(`${V62}/query?q=SELECT+CurrencyIsoCode,MiddleName,Name+FROM+Contact+LIMIT+1`)).status,
    200,
  );
});

test('batchSize decides the page, and pages hold the rows that were found at first, with values of now', async () => {
  const emulator = await startTestEmulator();
  const { pool, org, get } = emulator;
  const table = `${org.schema}."Account"`;
  const first = await json(
    await get(`${V62}/query?q=${encodeURIComponent('SELECT Id, Site FROM Account')}`, {
      'sforce-query-options': 'batchSize=200',
    }),
  );
  assert.equal((first['records'] as unknown[]).length, 200);
  await pool.query(`UPDATE ${table} SET "Site" = 'late'`);
  await pool.query(`INSERT INTO ${table} ("Name") VALUES ('too late')`);
  const next = String(first['nextRecordsUrl']);
  const second = await json(await get(next));
  assert.equal(second['totalSize'], first['totalSize']);
  assert.ok((second['records'] as { Site: string }[]).every((record) => record.Site === 'late'));
  const stranger = next.replace(/-200$/, '-100000');
  assert.deepEqual(await firstError(await get(stranger)), [400, 'INVALID_QUERY_LOCATOR']);
  assert.deepEqual(await firstError(await get(`${V62}/query/0r8000000000000AAA-200`)), [400, 'INVALID_QUERY_LOCATOR']);
});

test('pages of an odd size, and pages asked for twice, hold every row once and in order', async () => {
  const { get, pool, org } = await startTestEmulator();
  await pool.query(
    `INSERT INTO ${org.schema}."Account" ("Name") SELECT 'page ' || i FROM generate_series(1, 5000) AS i`,
  );
  const seen: string[] = [];
  for (
    let path: string | undefined = `${V62}/query?q=${encodeURIComponent('SELECT Id FROM Account ORDER BY Id')}`;
    path;
  ) {
    const answers = [1, 2].map(() => get(path ?? '', { 'sforce-query-options': 'batchSize=777' }));
    const [page, again] = await Promise.all(answers.map(async (answer) => json(await answer)));
    if (path.includes('/query/')) assert.deepEqual(again, page);
    seen.push(...(page?.['records'] as { Id: string }[]).map(({ Id }) => Id));
    assert.ok((page?.['records'] as unknown[]).length <= 777);
    path = page?.['nextRecordsUrl'] as string | undefined;
  }
  const { rows } = await pool.query<{ Id: string }>(
    `SELECT "Id" FROM ${org.schema}."Account" WHERE NOT "IsDeleted" ORDER BY "Id"`,
  );
  assert.ok(rows.length > 5000);
  assert.deepEqual(
    seen,
    rows.map(({ Id }) => Id),
  );
});

test('every call counts, and beyond the daily limit it is refused', async () => {
  const emulator = await startTestEmulator();
  await emulator.control('POST', '/orgs/acme/limits', { used: 0, limit: 2 });
  const first = await emulator.get(`${V62}/limits`);
  assert.equal(first.headers.get('sforce-limit-info'), 'api-usage=1/2');
  assert.deepEqual((await json(first))['DailyApiRequests'], { Max: 2, Remaining: 1 });
  await emulator.get(`${V62}/limits`);
  const refused = await emulator.get(`${V62}/limits`);
  assert.equal(refused.status, 403);
  assert.deepEqual(await refused.json(), [
    { message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' },
  ]);
  await emulator.control('POST', '/orgs/acme/limits', { used: 0, concurrentLimit: 0 });
  assert.match(await (await emulator.get(`${V62}/limits`)).text(), /ConcurrentRequests/);
});

test('the Date header is the org’s clock, moved and frozen', async () => {
  const emulator = await startTestEmulator();
  await emulator.control('POST', '/orgs/acme/clock', { freezeAt: '2026-11-01T10:00:00Z' });
  const response = await emulator.get(`${V62}/limits`);
  assert.equal(response.headers.get('date'), 'Sun, 01 Nov 2026 10:00:00 GMT');
  await emulator.pool.query(
    `UPDATE ${emulator.org.schema}."Account" SET "Site" = 'x' WHERE "External_Key__c" = 'EXT-7'`,
  );
  const { rows } = await emulator.pool.query<{ stamp: Date }>(
    `SELECT "SystemModstamp" AS stamp FROM ${emulator.org.schema}."Account" WHERE "External_Key__c" = 'EXT-7'`,
  );
  assert.equal(rows[0]?.stamp.toISOString(), '2026-11-01T10:00:00.000Z');
});

test('updated and deleted list what happened, and hold their date back while a transaction is open', async () => {
  const { pool, org, get, control } = await startTestEmulator();
  const table = `${org.schema}."Account"`;
  const picked = await pool.query<{ Id: string }>(`SELECT "Id" FROM ${table} WHERE NOT "IsDeleted" ORDER BY 1 LIMIT 4`);
  const [changed, binned, purged, writing] = picked.rows.map((row) => row.Id);
  await pool.query(`UPDATE ${table} SET "Site" = 'x' WHERE "Id" = $1`, [changed]);
  await pool.query(`UPDATE ${table} SET "IsDeleted" = true WHERE "Id" = $1`, [binned]);
  await pool.query(`DELETE FROM ${table} WHERE "Id" = $1`, [purged]);
  const [start, end] = [-3_600_000, 3_600_000].map((ms) => encodeURIComponent(new Date(Date.now() + ms).toISOString()));
  const window = `?start=${start ?? ''}&end=${end ?? ''}`;
  const updated = await json(await get(`${V62}/sobjects/Account/updated${window}`));
  assert.deepEqual(updated['ids'], [changed]);
  const deleted = await json(await get(`${V62}/sobjects/Account/deleted/${window}`));
  assert.deepEqual(
    (deleted['deletedRecords'] as { id: string }[]).map((record) => record.id).sort(),
    [binned, purged].sort(),
  );

  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`UPDATE ${table} SET "Site" = 'late' WHERE "Id" = $1`, [writing]);
    const began = await client.query<{ at: Date }>('SELECT now() AS at');
    const beganMs = began.rows[0]?.at.getTime() ?? 0;
    await control('POST', '/orgs/acme/clock', { advanceMs: 10 * 60_000 });
    const covered = await json(await get(`${V62}/sobjects/Account/updated${window}`));
    const latest = Date.parse(String(covered['latestDateCovered']).replace('+0000', 'Z'));
    assert.ok(latest <= beganMs && latest > beganMs - 2 * 60_000, String(covered['latestDateCovered']));
    assert.deepEqual(covered['ids'], [changed]);
  } finally {
    await client.query('COMMIT');
    client.release();
  }
  assert.deepEqual(
    await firstError(await get(`${V62}/sobjects/Account/updated?start=${end ?? ''}&end=${start ?? ''}`)),
    [400, 'INVALID_REPLICATION_DATE'],
  );
});

test('a merge moves children to the winner and bins the loser under its name', async () => {
  const { pool, org } = await startTestEmulator();
  const q = (table: string): string => `${org.schema}."${table}"`;
  const { rows } = await pool.query<{ loser: string }>(
    `SELECT "AccountId" AS loser FROM ${q('Contact')} c JOIN ${q('Account')} a ON a."Id" = c."AccountId" WHERE NOT a."IsDeleted" GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 2`,
  );
  const [loser, winner] = rows.map((row) => row.loser);
  await pool.query(`SELECT ${org.schema}.emulator_merge('Account', $1, $2)`, [winner, loser]);
  const left = await pool.query(`SELECT 1 FROM ${q('Contact')} WHERE "AccountId" = $1`, [loser]);
  assert.equal(left.rowCount, 0);
  const gone = await pool.query(`SELECT "IsDeleted", "MasterRecordId" FROM ${q('Account')} WHERE "Id" = $1`, [loser]);
  assert.deepEqual(gone.rows, [{ IsDeleted: true, MasterRecordId: winner }]);
});

test('a long reply is compressed when asked, and only then', async () => {
  const { emulator, token } = await sharedEmulator();
  const read = async (headers: Record<string, string>): Promise<{ encoding: unknown; bytes: Buffer }> => {
    const { headers: got, body } = await request(`${emulator.url}${V62}/sobjects`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    return { encoding: got['content-encoding'], bytes: Buffer.from(await body.arrayBuffer()) };
  };
  const plain = await read({});
  const packed = await read({ 'accept-encoding': 'gzip' });
  assert.deepEqual([plain.encoding, packed.encoding], [undefined, 'gzip']);
  assert.deepEqual(gunzipSync(packed.bytes), plain.bytes);
});

test('faults strike as often as told, and the log shows what was asked without secrets', async () => {
  const { emulator, get, control, token } = await startTestEmulator();
  await control('POST', '/faults', {
    action: { kind: 'status', status: 503, body: '<html>maintenance</html>', contentType: 'text/html' },
    times: 2,
    path: '/limits$',
  });
  assert.deepEqual(
    [(await get(`${V62}/limits`)).status, (await get(`${V62}/limits`)).status, (await get(`${V62}/limits`)).status],
    [503, 503, 200],
  );
  await control('POST', '/faults', { action: { kind: 'reset' } });
  await assert.rejects(() => get(`${V62}/limits`));
  await control('POST', '/faults', { action: { kind: 'truncate', bytes: 10 } });
  assert.equal((await (await get(`${V62}/sobjects`)).text()).length < 5000, true);
  await control('POST', '/faults', { action: { kind: 'resetAfter', bytes: 10 } });
  await assert.rejects(async () => (await get(`${V62}/sobjects`)).text());
  await fetch(`${emulator.url}/services/oauth2/revoke?token=very-secret`);
  const log = JSON.stringify(await control('GET', '/requests'));
  assert.match(log, /"path":"\/services\/data\/v62.0\/limits"/);
  assert.ok(!log.includes('very-secret') && !log.includes(token));
});

test('records refuse what an org refuses', async () => {
  const { send, get } = await sharedEmulator();
  const create = async (body: unknown): Promise<[number, unknown]> =>
    firstError(await send('POST', `${V62}/sobjects/Account`, body));
  assert.deepEqual(await create({}), [400, 'REQUIRED_FIELD_MISSING']);
  assert.deepEqual(await create({ Name: 'x', Nope: 1 }), [400, 'INVALID_FIELD']);
  assert.deepEqual(await create({ Name: 'x', SystemModstamp: '2026-01-01T00:00:00Z' }), [
    400,
    'INVALID_FIELD_FOR_INSERT_UPDATE',
  ]);
  assert.deepEqual(await create({ Name: 'x'.repeat(256) }), [400, 'STRING_TOO_LONG']);
  assert.deepEqual(await create({ Name: 'x', Sub_Industry__c: 'Nonsense' }), [
    400,
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
  ]);
  assert.deepEqual(await create({ Name: 'x', NumberOfEmployees: 'many' }), [400, 'JSON_PARSER_ERROR']);
  assert.deepEqual(await firstError(await get(`${V62}/sobjects/Account/001000000000000AAA`)), [404, 'NOT_FOUND']);
});

test('an emulator started again on its database goes on where it stopped', async () => {
  const first = await startTestEmulator();
  await first.pool.query(`UPDATE ${first.org.schema}."Account" SET "Site" = 'kept'`);
  await first.emulator.stop();
  const databaseUrl = String(first.pool.options.connectionString);
  const second = await startTestEmulator({ databaseUrl, orgs: [{ name: 'acme', apps: [APP] }] });
  assert.equal(second.org.id, first.org.id);
  const response = await second.send(
    'GET',
    `${V62}/query?q=${encodeURIComponent("SELECT COUNT() FROM Account WHERE Site != 'kept'")}`,
    undefined,
    { authorization: `Bearer ${first.token}` },
  );
  assert.equal((await json(response))['totalSize'], 0);
});
