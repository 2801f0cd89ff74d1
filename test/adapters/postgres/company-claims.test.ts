import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, CONTACT } from '../../describes.ts';
import { catalogJob } from '../../jobs.ts';
import { at, sfid, type SourceRow } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const plan = await engine.compile(catalogJob('company-sync'), [ACCOUNT], {
  companyResolution: [
    { account: 'Id', company: 'sfdc_account_id' },
    { account: 'AccountNumber', company: 'account_number' },
    { account: 'Name', company: 'name' },
  ],
});

const account = (number: number, rest: SourceRow = {}): SourceRow => ({
  ...{ Id: sfid('001', number), Name: `Account ${number}`, AccountNumber: `A${number}`, SystemModstamp: at(0) },
  ...{ IsDeleted: 'false' },
  ...rest,
});

/** Companies that a team entered before there was a connection to the org; returns their ids. */
async function entered(connection: string, ...rows: readonly Readonly<Record<string, unknown>>[]): Promise<unknown[]> {
  const ids = [];
  for (const row of rows) {
    const [made] = await engine.rows(
      'INSERT INTO model.company (connection_id, account_number, name, arr, deleted_at) VALUES ($1, $2, $3, 100, $4) RETURNING id',
      [connection, row['number'], row['name'], row['deletedAt']],
    );
    ids.push(made?.['id']);
  }
  return ids;
}

const companies = async (connection: string): Promise<ReadonlyMap<unknown, unknown>> => {
  const rows = await engine.rows('SELECT id, sfdc_account_id FROM model.company WHERE connection_id = $1', [
    connection,
  ]);
  return new Map(rows.map(({ id, sfdc_account_id }) => [sfdc_account_id, id]));
};

test('an account takes over the company that the resolution pairs find, the first pair first, and keeps what is not mapped', async () => {
  const connection = await engine.connection();
  const [byNumber, byName] = await entered(
    connection,
    { number: 'A1', name: 'Someone else' },
    { number: 'A9', name: 'Account 1' },
    { number: null, name: 'Account 2' },
  ).then(([one, , three]) => [one, three]);
  const run = await engine.sync(connection, plan, [account(1), account(2), account(3)]);
  const found = await companies(connection);
  assert.equal(found.get(sfid('001', 1)), byNumber);
  assert.equal(found.get(sfid('001', 2)), byName);
  assert.equal(found.size, 4);
  assert.deepEqual([run.inserted, run.updated], [1, 2]);
  const [kept] = await engine.rows('SELECT name, arr FROM model.company WHERE id = $1', [byNumber]);
  assert.deepEqual(kept, { name: 'Account 1', arr: '100' });
});

test('an account that is a company already claims no other', async () => {
  const connection = await engine.connection();
  await engine.sync(connection, plan, [account(1)]);
  const [other] = await entered(connection, { number: 'A1', name: 'Account 1' });
  await engine.sync(connection, plan, [account(1, { SystemModstamp: at(1) })]);
  const found = await companies(connection);
  assert.equal(found.get(null), other);
  assert.equal(found.size, 2);
});

test('an account that fits several companies is rejected until there is one', async () => {
  const connection = await engine.connection();
  const [one, two] = await entered(connection, { number: 'A1', name: 'x' }, { number: 'A1', name: 'y' });
  assert.equal((await engine.sync(connection, plan, [account(1), account(2)])).rejected, 1);
  const [reject] = await engine.rejects(connection);
  assert.deepEqual(
    [reject?.['code'], reject?.['field'], reject?.['value']],
    ['COMPANY_AMBIGUOUS', 'AccountNumber', 'A1'],
  );
  assert.equal(
    reject?.['message'],
    'Account.AccountNumber = "A1" matches several rows of "company" that have no Salesforce id.',
  );
  await engine.pool.query('DELETE FROM model.company WHERE id = $1', [two]);
  assert.equal((await engine.sync(connection, plan, [account(1)])).updated, 1);
  assert.equal((await companies(connection)).get(sfid('001', 1)), one);
  assert.deepEqual(await engine.rejects(connection), []);
});

test('of several accounts that fit one company the lowest id takes it, and the others are companies of their own', async () => {
  for (const order of [
    [1, 2, 3],
    [3, 2, 1],
  ]) {
    const connection = await engine.connection();
    const [company] = await entered(connection, { number: 'same', name: 'x' });
    await engine.sync(
      connection,
      plan,
      order.map((number) => account(number, { AccountNumber: 'same' })),
    );
    const found = await companies(connection);
    assert.equal(found.get(sfid('001', 1)), company);
    assert.equal(found.size, 3);
  }
});

test('neither deleted companies are claimed, nor does a deleted account or an empty value claim one', async () => {
  const connection = await engine.connection();
  await entered(
    connection,
    { number: 'A1', name: 'x', deletedAt: at(0) },
    { number: 'A2', name: 'y' },
    { number: null, name: 'z' },
  );
  await engine.sync(connection, plan, [
    account(1),
    account(2, { IsDeleted: 'true' }),
    account(3, { AccountNumber: null }),
  ]);
  const unclaimed = await engine.rows(
    'SELECT name FROM model.company WHERE connection_id = $1 AND sfdc_account_id IS NULL ORDER BY name',
    [connection],
  );
  assert.deepEqual(unclaimed, [{ name: 'x' }, { name: 'y' }, { name: 'z' }]);
});

test('a company of another connection is nobody’s to claim', async () => {
  const [one, other] = [await engine.connection(), await engine.connection()];
  await entered(other, { number: 'A1', name: 'x' });
  assert.equal((await engine.sync(one, plan, [account(1)])).inserted, 1);
  assert.deepEqual([...(await companies(other)).keys()], [null]);
});

test('a contact of a claimed company finds it by its account', async () => {
  const contacts = await engine.compile(catalogJob('company-person-sync'), [CONTACT]);
  const connection = await engine.connection();
  const [company] = await entered(connection, { number: 'A1', name: 'x' });
  const contact = {
    Id: sfid('003', 1),
    LastName: 'Doe',
    AccountId: sfid('001', 1),
    SystemModstamp: at(0),
    IsDeleted: 'false',
  };
  assert.equal((await engine.sync(connection, contacts, [contact])).pending, 1);
  await engine.sync(connection, plan, [account(1)]);
  assert.equal((await engine.sync(connection, contacts, [])).pending, 0);
  const [role] = await engine.rows('SELECT company_id FROM model.company_person WHERE connection_id = $1', [
    connection,
  ]);
  assert.equal(role?.['company_id'], company);
});
