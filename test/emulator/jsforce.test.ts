import assert from 'node:assert/strict';
import { test } from 'node:test';
import jsforce from 'jsforce';
import { once } from '../support/when-tests-end.ts';
import { giveConsent } from './consent.ts';
import { APP, REDIRECT, startTestEmulator } from './test-emulator.ts';

const connected = once(async () => {
  const emulator = await startTestEmulator({
    orgs: [
      {
        name: 'acme',
        sizes: { accounts: 2500, contacts: 100, users: 20, relationships: 10, opportunities: 10, cases: 10 },
        apps: [APP],
      },
    ],
  });
  const oauth2 = new jsforce.OAuth2({
    loginUrl: emulator.emulator.url,
    clientId: APP.clientId,
    clientSecret: APP.clientSecret,
    redirectUri: REDIRECT,
    useVerifier: true,
  });
  const user = emulator.org.users[0];
  assert.ok(user !== undefined);
  const back = await giveConsent(oauth2.getAuthorizationUrl({ scope: 'api refresh_token id', state: 'x' }), user);
  const connection = new jsforce.Connection({ oauth2, version: '62.0' });
  const info = await connection.authorize(back.searchParams.get('code') ?? '');
  return { ...emulator, connection, info };
});

test('jsforce authorizes by code and PKCE, and knows whose token it has', async () => {
  const { info, org, connection } = await connected();
  assert.deepEqual([info.organizationId, info.id], [org.id, org.users[0]?.id]);
  assert.equal((await connection.identity()).username, org.users[0]?.username);
});

test('jsforce refreshes by itself when the session is gone', async () => {
  const { connection, control } = await connected();
  const before = connection.accessToken;
  await control('POST', '/orgs/acme/expire-sessions');
  const { totalSize } = await connection.query('SELECT COUNT() FROM User');
  assert.equal(totalSize, 20);
  assert.notEqual(connection.accessToken, before);
});

test('jsforce lists and describes objects', async () => {
  const { connection } = await connected();
  const { sobjects } = await connection.describeGlobal();
  assert.ok(sobjects.some((object) => object.name === 'JBCXM__GSRelationship__c' && object.custom));
  const account = await connection.sobject('Account').describe();
  const dependent = account.fields.find((field) => field.name === 'Sub_Industry__c');
  assert.equal(dependent?.controllerName, 'Industry');
});

test('jsforce pages through a query, and every record is the storage’s', async () => {
  const { connection, pool, org } = await connected();
  const soql = 'SELECT Id, Name, Description, Short_Note__c, Owner.Name FROM Account';
  let page = await connection.query<Record<string, unknown>>(soql);
  assert.equal(page.records.length, 2000);
  assert.match(page.nextRecordsUrl ?? '', /\/services\/data\/v62\.0\/query\/0r8\w{15}-2000$/);
  const records = [...page.records];
  while (page.nextRecordsUrl !== undefined) {
    page = await connection.queryMore<Record<string, unknown>>(page.nextRecordsUrl);
    records.push(...page.records);
  }
  const { rows } = await pool.query(
    `SELECT a."Id", a."Name", a."Description", a."Short_Note__c", u."Name" AS owner FROM ${org.schema}."Account" a JOIN ${org.schema}."User" u ON u."Id" = a."OwnerId"
     WHERE NOT a."IsDeleted" ORDER BY a."Id"`,
  );
  assert.deepEqual(
    records.map((record) => ({
      Id: record['Id'],
      Name: record['Name'],
      Description: record['Description'],
      Short_Note__c: record['Short_Note__c'],
      owner: (record['Owner'] as Record<string, unknown>)['Name'],
    })),
    rows,
  );
});

test('jsforce sees deleted records by queryAll, and what changed by updated', async () => {
  const { connection, pool, org } = await connected();
  const { totalSize } = await connection.query('SELECT Id FROM Account WHERE IsDeleted = true', { scanAll: true });
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${org.schema}."Account" WHERE "IsDeleted"`,
  );
  assert.equal(totalSize, rows[0]?.n);
  const { id } = await connection.sobject('Account').create({ Name: 'Brand new' });
  const updated = await connection
    .sobject('Account')
    .updated(new Date(Date.now() - 3_600_000), new Date(Date.now() + 60_000));
  assert.deepEqual(updated.ids, [id]);
});

test('jsforce creates, reads, changes and deletes a record', async () => {
  const { connection } = await connected();
  const contacts = connection.sobject('Contact');
  const { id } = await contacts.create({ LastName: 'Müller', FirstName: 'Eva', Email: 'eva@example.com' });
  assert.ok(id !== undefined);
  assert.equal((await contacts.retrieve(id))['Name'], 'Eva Müller');
  await contacts.update({ Id: id, LastName: 'Maier' });
  assert.equal((await contacts.retrieve(id))['Name'], 'Eva Maier');
  await contacts.destroy(id);
  await assert.rejects(() => contacts.retrieve(id), { errorCode: 'ENTITY_IS_DELETED' });
  await assert.rejects(() => contacts.create({ FirstName: 'No last name' }), { errorCode: 'REQUIRED_FIELD_MISSING' });
});

test('jsforce reads a Bulk API 2.0 query of one page', async () => {
  const { connection, pool, org } = await connected();
  const stream = await connection.bulk2.query('SELECT Id, Description FROM Account', {
    pollTimeout: 30_000,
    pollInterval: 50,
  });
  const records: Record<string, unknown>[] = [];
  for await (const record of stream as unknown as AsyncIterable<Record<string, unknown>>) records.push(record);
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${org.schema}."Account" WHERE NOT "IsDeleted"`,
  );
  assert.equal(records.length, rows[0]?.n);
});
