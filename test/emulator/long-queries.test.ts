import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedEmulator, startTestEmulator } from './test-emulator.ts';

const V62 = '/services/data/v62.0';
const queryPath = (soql: string): string => `${V62}/query?q=${encodeURIComponent(soql)}`;
/** A query of so many characters; it finds everything. */
const soqlOf = (length: number): string => {
  const start = `SELECT Id FROM Account WHERE Name != '`;
  return `${start}${'x'.repeat(length - start.length - 1)}'`;
};
const asPart = (soql: string): object => ({
  compositeRequest: [{ method: 'GET', url: queryPath(soql), referenceId: 'rows' }],
});

interface Answer {
  readonly compositeResponse: readonly [{ readonly httpStatusCode: number; readonly body: unknown }];
}

test('an address of more than 16,384 bytes is refused, and one that is too long together with its headers', async () => {
  const { get } = await sharedEmulator();
  const refusal = async (path: string, headers = {}): Promise<[number, string]> => {
    const reply = await get(path, headers);
    return [reply.status, await reply.text()];
  };
  assert.deepEqual(await refusal(queryPath(soqlOf(17_000))), [
    414,
    '<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>',
  ]);
  const tooMuch = [431, '<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>'];
  assert.deepEqual(await refusal(queryPath(soqlOf(16_200))), tooMuch);
  assert.deepEqual(await refusal(queryPath('SELECT Id FROM User'), { 'x-long': 'y'.repeat(17_000) }), tooMuch);
  assert.equal((await get(queryPath(soqlOf(15_000)))).status, 200);
});

test('what is too long for an address is taken as a part of a composite request, up to 100,000 characters', async () => {
  const { send, get } = await sharedEmulator();
  const ask = async (soql: string): Promise<Answer['compositeResponse'][0]> =>
    ((await (await send('POST', `${V62}/composite`, asPart(soql))).json()) as Answer).compositeResponse[0];
  const short = (await (await get(queryPath('SELECT Id FROM Account'))).json()) as { totalSize: number };
  const { httpStatusCode, body } = await ask(soqlOf(17_000));
  assert.equal(httpStatusCode, 200);
  assert.equal((body as { totalSize: number }).totalSize, short.totalSize);
  assert.deepEqual(await ask(soqlOf(100_001)), {
    body: [{ errorCode: 'MALFORMED_QUERY', message: 'SOQL statements can not be longer than 100000 characters.' }],
    ...{ httpHeaders: {}, httpStatusCode: 400, referenceId: 'rows' },
  });
});

test('numbers in a composite answer are as exact as those of a query of its own', async () => {
  const { send, control } = await startTestEmulator();
  await control('PUT', '/orgs/acme/objects/Account/fields', {
    Long__c: { type: 'currency', precision: 18, scale: 4 },
    Other__c: { type: 'double', precision: 18, scale: 0 },
  });
  const sql = `UPDATE "Account" SET "Long__c" = '12345678901234.5678', "Other__c" = '987654321098765432'`;
  await control('POST', '/orgs/acme/mutate', { statements: [{ sql }] });
  const soql = 'SELECT Long__c, Other__c FROM Account LIMIT 1';
  const url = queryPath(soql);
  const composite = await (await send('POST', `${V62}/composite`, asPart(soql))).text();
  const batch = await (
    await send('POST', `${V62}/composite/batch`, { batchRequests: [{ method: 'GET', url }] })
  ).text();
  for (const text of [composite, batch]) {
    assert.match(text, /"Long__c":12345678901234\.5678\b/);
    assert.match(text, /"Other__c":987654321098765432\b/);
  }
});
