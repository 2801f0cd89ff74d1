import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_ROWS } from '../../../domain/run.ts';
import { ACCOUNT, CONTACT, describeOf } from '../../describes.ts';
import { hasCode } from '../../errors.ts';
import { catalogJob, customJob, field } from '../../jobs.ts';
import { at, csvPage, csvText, sfid, type SourceRow } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const companies = await engine.compile(catalogJob('company-sync'), [ACCOUNT]);

const account = (number: number, rest: SourceRow = {}): SourceRow => ({
  ...{ Id: sfid('001', number), Name: `Account ${number}`, SystemModstamp: at(0), IsDeleted: 'false' },
  ...rest,
});
const accounts = (count: number, change: (number: number) => SourceRow = () => ({})): SourceRow[] =>
  Array.from({ length: count }, (_, number) => account(number, change(number)));

const names = async (connectionId: string): Promise<unknown[]> =>
  (
    await engine.rows('SELECT name FROM model.company WHERE connection_id = $1 ORDER BY sfdc_account_id', [
      connectionId,
    ])
  ).map(({ name }) => name);
const rejected = async (connectionId: string) =>
  (await engine.rejects(connectionId)).map(({ source_id, code }) => [source_id, code]);

/** A table of a job's own, which a test may spoil. */
async function ownTable(object: string) {
  const described = describeOf(object, { Name: 'string', Size__c: 'double' });
  const job = customJob(object, [field('sfid', 'Id'), field('name', 'Name'), field('size', 'Size__c')]);
  const plan = await engine.compile(job, [described]);
  const row = (number: number, rest: SourceRow = {}): SourceRow => ({
    ...{ Id: sfid('a00', number), Name: `Row ${number}`, Size__c: String(number), SystemModstamp: at(0) },
    ...rest,
  });
  return { plan, table: `model.${plan.table}`, row };
}

test('rows that a constraint of the customer refuses are rejects, and all others of the page are loaded', async () => {
  const { plan, table, row } = await ownTable('Checked');
  await engine.pool.query(`ALTER TABLE ${table} ADD CONSTRAINT small CHECK (size < 1000)`);
  const bad = new Set([0, 17, 18, 299]);
  const rows = Array.from({ length: 300 }, (_, number) => row(number, bad.has(number) ? { Size__c: '5000' } : {}));
  const connection = await engine.connection();
  const summary = await engine.sync(connection, plan, rows);
  assert.deepEqual(
    [summary.read, summary.inserted, summary.rejected, summary.status],
    [300, 296, 4, 'partial_success'],
  );
  const rejects = await engine.rejects(connection);
  assert.deepEqual(
    rejects.map(({ source_id, code, field: about }) => [source_id, code, about]),
    [...bad].map((number) => [sfid('a00', number), 'ROW_REFUSED', 'small']),
  );
  assert.match(
    String(rejects[0]?.['message']),
    /^Checked was refused by PostgreSQL by its constraint "small" \(SQLSTATE "23514"\)\.$/,
  );
  const again = await engine.sync(connection, plan, [row(17), row(18, { Size__c: '9999' })], 'json');
  assert.deepEqual([again.inserted, again.rejected], [1, 1]);
  assert.deepEqual(
    await rejected(connection),
    [0, 18, 299].map((number) => [sfid('a00', number), 'ROW_REFUSED']),
  );
});

test('rows that a trigger refuses are rejects, and what it said is kept with them', async () => {
  const { plan, table, row } = await ownTable('Triggered');
  await engine.pool.query(`
    CREATE FUNCTION model.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF NEW.name LIKE '%7' THEN RAISE EXCEPTION 'No sevens here: %', NEW.name; END IF; RETURN NEW; END $$;
    CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION model.refuse()`);
  const connection = await engine.connection();
  const summary = await engine.sync(
    connection,
    plan,
    Array.from({ length: 40 }, (_, number) => row(number)),
  );
  assert.deepEqual([summary.inserted, summary.rejected], [36, 4]);
  assert.equal((await engine.rejects(connection))[0]?.['value'], 'No sevens here: Row 7');
});

test('of rows that a unique index of the customer holds for one, the first stays and the others are rejects', async () => {
  const { plan, table, row } = await ownTable('Unique');
  await engine.pool.query(`CREATE UNIQUE INDEX ON ${table} (connection_id, name)`);
  const connection = await engine.connection();
  const rows = Array.from({ length: 20 }, (_, number) => row(number, number % 5 === 0 ? { Name: 'Same' } : {}));
  const summary = await engine.sync(connection, plan, rows);
  assert.deepEqual([summary.inserted, summary.rejected], [17, 3]);
});

test('a table that refuses every row ends the run, and says which and why', async () => {
  const { plan, table, row } = await ownTable('Closed');
  await engine.pool.query(`ALTER TABLE ${table} ADD CONSTRAINT closed CHECK (false)`);
  const run = await engine.begin(await engine.connection(), plan);
  const page = Array.from({ length: 1_200 }, (_, number) => row(number));
  await assert.rejects(engine.load(run, page), (error) => {
    hasCode('PG_PAGE_REFUSED')(error);
    assert.match((error as Error).message, /"23514" in table "closed", constraint "closed"/);
    return true;
  });
});

test('a contact that is refused leaves persons and roles of the others right', async () => {
  const plan = await engine.compile(catalogJob('company-person-sync'), [CONTACT]);
  await engine.pool.query(`ALTER TABLE model.person ADD CONSTRAINT polite CHECK (last_name <> 'Rude') NOT VALID`);
  const connection = await engine.connection();
  await engine.sync(connection, companies, [account(1)]);
  const contact = (number: number, rest: SourceRow = {}): SourceRow => ({
    ...{ Id: sfid('003', number), Email: `p${number % 4}@x.example`, LastName: `Name ${number}` },
    ...{ AccountId: sfid('001', 1), SystemModstamp: at(number), IsDeleted: 'false' },
    ...rest,
  });
  const rows = Array.from({ length: 16 }, (_, number) => contact(number, number === 13 ? { LastName: 'Rude' } : {}));
  const summary = await engine.sync(connection, plan, rows);
  assert.deepEqual([summary.inserted, summary.rejected], [15, 1]);
  const persons = await engine.rows(
    'SELECT email, last_name FROM model.person WHERE connection_id = $1 ORDER BY email',
    [connection],
  );
  assert.deepEqual(
    persons.map(({ last_name }) => last_name),
    ['Name 12', 'Name 9', 'Name 14', 'Name 15'],
  );
  const roles = await engine.rows('SELECT count(*)::int AS count FROM model.company_person WHERE connection_id = $1', [
    connection,
  ]);
  assert.equal(roles[0]?.['count'], 15);
});

test('bytes that PostgreSQL cannot read cost their own record, not the page', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, companies);
  const lines = csvText(companies.paths, accounts(6)).trimEnd().split('\n');
  const broken = lines.map((line, index) =>
    index === 2 ? line.replace('Account 1', 'Acc\0ount') : index === 4 ? `"${sfid('001', 3)}","too","few"` : line,
  );
  const bytes = Buffer.concat([
    Buffer.from(`${broken.join('\n')}\n`),
    Buffer.from(`"${sfid('001', 99)}","`),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('"\n'),
  ]);
  const counts = await engine.load(run, csvPage(bytes, 7));
  assert.deepEqual(counts, { ...NO_ROWS, read: 7, inserted: 4, rejected: 3 });
  assert.deepEqual(await names(connection), ['Account 0', 'Account 2', 'Account 4', 'Account 5']);
  assert.deepEqual(
    await rejected(connection),
    [1, 3, 99].map((number) => [sfid('001', number), 'ROW_UNREADABLE']),
  );
});

test('a page that lacks rows although it was taken apart is not tried for ever', async () => {
  const run = await engine.begin(await engine.connection(), companies);
  const page = csvText(companies.paths, [account(1), account(2, { Name: 'N\0L' })]);
  await assert.rejects(engine.load(run, csvPage(page, 5)), hasCode('SF_PAGE_UNREADABLE'));
});

test('characters of an answer that PostgreSQL cannot store cost their own record', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, companies);
  const record = (number: number, name: string): string =>
    `{"Id":"${sfid('001', number)}","Name":"${name}","SystemModstamp":"${at(0)}","IsDeleted":false}`;
  const text = `{"totalSize":3,"done":true,"records":[${record(1, 'N\\u0000L')},${record(2, 'good \\\\u0000')},${record(3, '\\ud800')}]}`;
  const counts = await engine.load(run, { format: 'json', text, expectedRows: 3 });
  assert.deepEqual(counts, { ...NO_ROWS, read: 3, inserted: 1, rejected: 2 });
  assert.deepEqual(await names(connection), ['good \\u0000']);
});
