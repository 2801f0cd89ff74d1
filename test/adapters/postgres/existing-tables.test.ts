import assert from 'node:assert/strict';
import { test } from 'node:test';
import { existingProblems, readExistingTables } from '../../../adapters/postgres/existing-tables.ts';
import { inRolledBackTransaction } from '../../../adapters/postgres/pool.ts';
import type { JobSpec } from '../../../domain/job-spec.ts';
import { ACCOUNT } from '../../describes.ts';
import { customJob, field, lookup } from '../../jobs.ts';
import { at, sfid } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const { pool } = engine;

const job = (rest: Partial<JobSpec> = {}): JobSpec =>
  customJob('Lead', [field('sfid', 'Id'), field('name', 'Name')], {
    target: { table: 'own', existing: true },
    ...rest,
  });

/** What is said of a table that is made by these statements, to a role that has been granted `rights` and owns nothing. */
const problems = (
  sql: string,
  { rights, ...rest }: Partial<JobSpec> & { rights?: string } = {},
  others: JobSpec[] = [],
) =>
  inRolledBackTransaction(pool, async (client) => {
    await client.query(`SET LOCAL search_path = model; ${sql}`);
    if (rights !== undefined)
      await client.query(
        `CREATE ROLE "someone else"; GRANT USAGE ON SCHEMA model TO "someone else"; GRANT ${rights} ON own TO "someone else"; SET LOCAL ROLE "someone else"`,
      );
    const own = job(rest);
    const facts = await readExistingTables(client, 'model', ['own']);
    return existingProblems(own, { ...facts, jobs: [own, ...others] }).map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );
  });

const FINE = 'CREATE TABLE own (id int PRIMARY KEY DEFAULT 7, sfid text UNIQUE, name text);';

test('a table with a unique key is fine, whatever else it has', async () => {
  assert.deepEqual(await problems(FINE), []);
  assert.deepEqual(
    await problems('CREATE TABLE own (sfid text, name text, connection_id uuid, UNIQUE (connection_id, sfid))'),
    [],
  );
});

test('an index that leaves rows out, computes or is checked late keeps no key unique', async () => {
  for (const index of ['(sfid) WHERE name IS NOT NULL', '(lower(sfid), sfid)', '(sfid, name)'])
    assert.match(
      (await problems(`CREATE TABLE own (sfid text, name text); CREATE UNIQUE INDEX ON own ${index}`)).join(),
      /^upsertKey: "model\.own" has no unique index over exactly "sfid"/,
      index,
    );
  const late = await problems('CREATE TABLE own (sfid text UNIQUE DEFERRABLE, name text)');
  assert.equal(late.length, 1);
  assert.deepEqual(
    await problems('CREATE TABLE own (sfid text, name text); CREATE UNIQUE INDEX ON own (sfid) INCLUDE (name)'),
    [],
  );
});

test('a view, a missing right and a missing column of somebody else are told', async () => {
  assert.match((await problems('CREATE VIEW own AS SELECT 1 AS sfid')).join(), /"model\.own" is a view/);
  const [denied, lacks, ...none] = await problems(FINE, { rights: 'SELECT, INSERT' });
  assert.match(denied ?? '', /may not write "model\.own"\. Run as ".*": GRANT UPDATE ON "model"\."own"/);
  assert.match(
    lacks ?? '',
    /lacks the columns connection_id, source_modstamp, deleted_at, created_at, updated_at, and only its owner/,
  );
  assert.deepEqual(none, []);
  assert.match(
    (await problems(FINE, { rights: 'SELECT, INSERT', onDelete: 'delete' }))[0] ?? '',
    /GRANT UPDATE, DELETE ON/,
  );
});

test('columns that loading needs may be there, of a type that holds them', async () => {
  assert.deepEqual(
    await problems(`${FINE} ALTER TABLE own ADD COLUMN updated_at timestamp NOT NULL DEFAULT now()`),
    [],
  );
  assert.match(
    (await problems(`${FINE} ALTER TABLE own ADD COLUMN connection_id text`)).join(),
    /The column "connection_id" of "model\.own" is text, and loading needs it as uuid/,
  );
  assert.match(
    (await problems('CREATE TABLE own (id uuid PRIMARY KEY, sfid text UNIQUE, name text)')).join(),
    /^map: The column "id" of "model\.own" must not be null and has no default/,
  );
});

test('no row is looked up by an id that is not ours', async () => {
  const looker = customJob('Task', [field('sfid', 'Id'), lookup('lead_id', 'own', { sfid: 'WhoId' })]);
  assert.match(
    (await problems(FINE, {}, [looker])).join(),
    /"task-sync" looks rows of "model\.own" up, .* its "id" is integer/,
  );
  assert.deepEqual(
    await problems(FINE.replace('id int', 'id uuid').replace('DEFAULT 7', 'DEFAULT gen_random_uuid()'), {}, [looker]),
    [],
  );
});

test('a table that nobody has said to be there is refused, unless it has what Mooring makes', async () => {
  const unsaid = { target: { table: 'own' } };
  assert.match(
    (await problems(FINE, unsaid)).join(),
    /^target\.table: The table "model\.own" is there already, .* lacks connection_id,/,
  );
  assert.match((await problems('CREATE VIEW own AS SELECT 1 AS sfid', unsaid)).join(), /is there already as a view/);
  assert.deepEqual(await problems('CREATE TABLE own (LIKE company)', unsaid), []);
  assert.deepEqual(await problems('SELECT', unsaid), []);
});

test('rows that belong to nobody are taken over by the first page as by a later one, and all others left alone', async () => {
  await pool.query(
    'CREATE TABLE model.own (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sfid text UNIQUE, name text)',
  );
  const add = (...keys: string[]) =>
    pool.query(`INSERT INTO model.own (sfid, name) SELECT sfid, 'by hand' FROM unnest($1::text[]) AS sfid`, [keys]);
  await add(sfid('001', 2), sfid('001', 9));
  const plan = await engine.compile(
    customJob('Account', [field('sfid', 'Id'), field('name', 'Name')], { target: { table: 'own', existing: true } }),
    [ACCOUNT],
  );
  const account = (n: number, deleted = 'false') => ({
    ...{ Id: sfid('001', n), Name: `Account ${n}`, SystemModstamp: at(1), IsDeleted: deleted },
  });
  const connection = await engine.connection();
  const counts = async (...rows: ReturnType<typeof account>[]) => {
    const { status, inserted, updated, unchanged, rejected } = await engine.sync(connection, plan, rows);
    return [status, inserted, updated, unchanged, rejected];
  };
  assert.deepEqual(await counts(account(1), account(2)), ['success', 1, 1, 0, 0]);
  await add(sfid('001', 3), sfid('001', 4));
  assert.deepEqual(await counts(account(1), account(3), account(4, 'true')), ['success', 0, 1, 2, 0]);
  assert.deepEqual(
    await engine.rows('SELECT name, connection_id = $1 AS ours, deleted_at FROM model.own ORDER BY sfid', [connection]),
    [
      { name: 'Account 1', ours: true, deleted_at: null },
      { name: 'Account 2', ours: true, deleted_at: null },
      { name: 'Account 3', ours: true, deleted_at: null },
      { name: 'by hand', ours: null, deleted_at: null },
      { name: 'by hand', ours: null, deleted_at: null },
    ],
  );
});
