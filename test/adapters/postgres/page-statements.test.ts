import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_SETTINGS } from '../../../adapters/postgres/load-page.ts';
import { pageStatements } from '../../../adapters/postgres/page-statements.ts';
import { inRolledBackTransaction } from '../../../adapters/postgres/pool.ts';
import type { JobSpec } from '../../../domain/job-spec.ts';
import { NO_ROWS } from '../../../domain/run.ts';
import { ACCOUNT, CONTACT, describeOf } from '../../describes.ts';
import { catalogJob, customJob, field } from '../../jobs.ts';
import { at, sfid, type SourceRow } from '../../pages.ts';
import { until } from '../../support/until.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const companies = await engine.compile(catalogJob('company-sync'), [ACCOUNT]);
const contacts = await engine.compile(catalogJob('company-person-sync'), [CONTACT]);

const account = (number: number, rest: SourceRow = {}): SourceRow => ({
  ...{ Id: sfid('001', number), Name: `Account ${number}`, SystemModstamp: at(0), IsDeleted: 'false' },
  ...rest,
});
const contact = (number: number, rest: SourceRow = {}): SourceRow => ({
  ...{ Id: sfid('003', number), LastName: `Contact ${number}`, Email: `c${number % 70}@acme.example` },
  ...{ AccountId: sfid('001', number % 10), ReportsToId: sfid('003', 1), SystemModstamp: at(0), IsDeleted: 'false' },
  ...rest,
});
const range = (length: number): number[] => Array.from({ length }, (_, number) => number);

/** Where every row stands and who wrote or locked it last: the same before and after means that nothing was touched. */
const places = (connection: string) =>
  Promise.all(
    ['company', 'company_person', 'person', 'external_identity'].map((table) =>
      engine.rows(
        `SELECT ctid::text, xmin::text, xmax::text FROM model.${table} WHERE connection_id = $1 ORDER BY ctid`,
        [connection],
      ),
    ),
  );

const names = async (connection: string): Promise<unknown[]> =>
  (
    await engine.rows('SELECT name FROM model.company WHERE connection_id = $1 ORDER BY sfdc_account_id', [connection])
  ).map(({ name }) => name);

test('reading unchanged or older rows again neither writes nor locks one, in either format', async () => {
  const connection = await engine.connection();
  const accounts = range(300).map((number) => account(number, { ParentId: sfid('001', 400 - number) }));
  const people = range(300).map((number) => contact(number));
  await engine.sync(connection, companies, accounts);
  await engine.sync(connection, contacts, people);
  const before = await places(connection);
  for (const format of ['csv', 'json'] as const) {
    assert.equal((await engine.sync(connection, companies, accounts, format)).unchanged, 300);
    assert.equal((await engine.sync(connection, contacts, people, format)).unchanged, 300);
  }
  const older = { Name: 'older', SystemModstamp: at(-1) };
  assert.equal((await engine.sync(connection, companies, [account(1, older)])).unchanged, 1);
  assert.deepEqual(await places(connection), before);
});

test('ten times the same rows, in full runs, leave every table as large as it was and without a dead row', async () => {
  const connection = await engine.connection();
  const accounts = range(500).map((number) => account(number, { ParentId: sfid('001', 499 - number) }));
  const people = range(500).map((number) => contact(number));
  const again = async () => [
    await engine.sync(connection, companies, accounts),
    await engine.sync(connection, contacts, people),
  ];
  await again();
  const sizes = () =>
    engine.rows(
      `SELECT c.relname, pg_total_relation_size(c.oid) AS bytes FROM pg_class AS c
       WHERE c.relnamespace = 'model'::regnamespace AND c.relkind = 'r' ORDER BY 1`,
    );
  // Pages and their visibility map are made once; what follows adds nothing.
  await engine.pool.query('VACUUM model.company, model.company_person, model.person, model.external_identity');
  const [before, stood] = [await sizes(), await places(connection)];
  for (const _ of range(10))
    for (const { unchanged, inserted, updated } of await again())
      assert.deepEqual([unchanged, inserted, updated], [500, 0, 0]);
  assert.deepEqual(await sizes(), before);
  assert.deepEqual(await places(connection), stood);
});

test('a change writes the rows that changed, and keeps their ids', async () => {
  const connection = await engine.connection();
  await engine.sync(
    connection,
    companies,
    range(50).map((number) => account(number)),
  );
  const before = await engine.rows(
    'SELECT id, created_at, sfdc_account_id, ctid::text FROM model.company WHERE connection_id = $1',
    [connection],
  );
  const changed = await engine.sync(
    connection,
    companies,
    range(50).map((number) => account(number, number === 7 ? { Name: 'New', SystemModstamp: at(1) } : {})),
  );
  assert.deepEqual([changed.updated, changed.unchanged], [1, 49]);
  const after = await engine.rows(
    'SELECT id, created_at, sfdc_account_id, ctid::text FROM model.company WHERE connection_id = $1',
    [connection],
  );
  const place = new Map(after.map((row) => [row['id'], row]));
  for (const row of before) {
    const now = place.get(row['id']);
    assert.deepEqual([now?.['sfdc_account_id'], now?.['created_at']], [row['sfdc_account_id'], row['created_at']]);
    assert.equal(now?.['ctid'] === row['ctid'], row['sfdc_account_id'] !== sfid('001', 7));
  }
});

test('new rows of a page get ids that follow each other, in first loads and later, and no two pages share one', async () => {
  const connection = await engine.connection();
  const load = async (count: number): Promise<void> => {
    await engine.sync(
      connection,
      companies,
      range(count)
        .map((number) => account(number))
        .reverse(),
    );
    await engine.sync(
      connection,
      contacts,
      range(count)
        .map((number) => contact(number, { Email: `id${number}@acme.example` }))
        .reverse(),
    );
  };
  await load(40);
  await load(80);
  for (const [table, key] of [
    ['company', 'sfdc_account_id'],
    ['company_person', 'sfdc_contact_id'],
  ] as const) {
    const rows = await engine.rows(
      `SELECT left(id::text, 28) AS page, right(id::text, 8) AS row FROM model.${table} WHERE connection_id = $1 ORDER BY ${key}`,
      [connection],
    );
    const pages = [rows.slice(0, 40), rows.slice(40)];
    assert.equal(rows.length, 80);
    assert.deepEqual(
      pages.map((page) => new Set(page.map(({ page: name }) => name)).size),
      [1, 1],
    );
    assert.notEqual(rows[0]?.['page'], rows[40]?.['page']);
    for (const page of pages) {
      const [first = 0, ...others] = page.map(({ row }) => Number.parseInt(String(row), 16));
      assert.deepEqual(
        others,
        range(39).map((index) => first + 1 + index),
      );
    }
  }
  const persons = await engine.rows('SELECT DISTINCT id FROM model.person WHERE connection_id = $1', [connection]);
  assert.equal(persons.length, 80);
});

test('an older version never overwrites a newer one; of equal stamps the last read stands', async () => {
  const connection = await engine.connection();
  await engine.sync(connection, companies, [account(1, { Name: 'second', SystemModstamp: at(2) })]);
  const older = await engine.sync(connection, companies, [account(1, { Name: 'first', SystemModstamp: at(1) })]);
  assert.deepEqual([older.updated, older.unchanged, await names(connection)], [0, 1, ['second']]);
  // A formula field changes without a new stamp.
  const equal = await engine.sync(connection, companies, [account(1, { Name: 'third', SystemModstamp: at(2) })]);
  assert.deepEqual([equal.updated, await names(connection)], [1, ['third']]);
});

test('rows of an object without a stamp are written when they differ', async () => {
  const plain = describeOf('Plain', { Name: 'string' }, ['SystemModstamp', 'IsDeleted']);
  const plan = await engine.compile(customJob('Plain', [field('sfid', 'Id'), field('name', 'Name')]), [plain]);
  const connection = await engine.connection();
  const row = (Name: string): SourceRow => ({ Id: sfid('a00', 1), Name });
  assert.equal((await engine.sync(connection, plan, [row('one')])).inserted, 1);
  assert.equal((await engine.sync(connection, plan, [row('one')])).unchanged, 1);
  assert.equal((await engine.sync(connection, plan, [row('two')])).updated, 1);
});

test('connections share tables and see nothing of each other', async () => {
  const [one, other] = [await engine.connection(), await engine.connection()];
  await engine.sync(one, companies, [account(1, { Name: 'one' })]);
  await engine.sync(other, companies, [account(1, { Name: 'other' }), account(2)]);
  await engine.sync(other, companies, [account(1, { IsDeleted: 'true', SystemModstamp: at(1) })]);
  assert.deepEqual(await names(one), ['one']);
  assert.deepEqual(await engine.rows('SELECT deleted_at FROM model.company WHERE connection_id = $1', [one]), [
    { deleted_at: null },
  ]);
});

const onDelete = (choice: JobSpec['onDelete'], table: string) =>
  engine.compile(
    customJob('Account', [field('sfid', 'Id'), field('name', 'Name')], { onDelete: choice, target: { table } }),
    [ACCOUNT],
  );
const alive = (table: string, connection: string) =>
  engine.rows(`SELECT name, deleted_at IS NULL AS alive FROM model.${table} WHERE connection_id = $1 ORDER BY sfid`, [
    connection,
  ]);

test('a deleted row is deactivated at the time of its deletion, and comes back when it is undeleted', async () => {
  const plan = await onDelete('deactivate', 'deactivated');
  const connection = await engine.connection();
  await engine.sync(connection, plan, [account(1), account(2)]);
  const gone = account(1, { IsDeleted: 'true', SystemModstamp: at(5) });
  assert.deepEqual(await engine.load(await engine.begin(connection, plan), [gone, { ...gone, Id: sfid('001', 9) }]), {
    ...{ ...NO_ROWS, read: 2, deleted: 1, unchanged: 1 },
  });
  const [row] = await engine.rows('SELECT deleted_at, source_modstamp FROM model.deactivated WHERE sfid = $1', [
    sfid('001', 1),
  ]);
  assert.deepEqual(row, { deleted_at: new Date(at(5)), source_modstamp: new Date(at(5)) });
  assert.deepEqual((await engine.sync(connection, plan, [gone])).deleted, 0);
  // The version before the deletion, read late.
  await engine.sync(connection, plan, [account(1, { SystemModstamp: at(4) })]);
  assert.deepEqual(
    (await alive('deactivated', connection)).map((now) => now['alive']),
    [false, true],
  );
  const back = await engine.sync(connection, plan, [account(1, { SystemModstamp: at(6) })]);
  assert.deepEqual(
    [back.updated, (await alive('deactivated', connection)).map((now) => now['alive'])],
    [1, [true, true]],
  );
  // The deletion again, read late.
  await engine.sync(connection, plan, [gone]);
  assert.deepEqual(
    (await alive('deactivated', connection)).map((now) => now['alive']),
    [true, true],
  );
});

test('a second deletion is newer than what came between, whichever is read last', async () => {
  const plan = await onDelete('deactivate', 'deleted_twice');
  const connection = await engine.connection();
  await engine.sync(connection, plan, [account(1, { SystemModstamp: at(1) })]);
  const deleted = (minutes: number): SourceRow => account(1, { IsDeleted: 'true', SystemModstamp: at(minutes) });
  for (const version of [deleted(2), deleted(4), account(1, { SystemModstamp: at(3) })])
    await engine.sync(connection, plan, [version]);
  assert.deepEqual(await alive('deleted_twice', connection), [{ name: 'Account 1', alive: false }]);
});

test('a deleted row is deleted here where the job says so, unless a newer version came first', async () => {
  const plan = await onDelete('delete', 'removed');
  const connection = await engine.connection();
  await engine.sync(connection, plan, [account(1), account(2, { SystemModstamp: at(9) })]);
  const gone = { IsDeleted: 'true', SystemModstamp: at(5) };
  assert.equal((await engine.sync(connection, plan, [account(1, gone), account(2, gone)])).deleted, 1);
  assert.deepEqual(await alive('removed', connection), [{ name: 'Account 2', alive: true }]);
});

test('a deleted row stays where the job ignores deletions', async () => {
  const plan = await onDelete('ignore', 'ignored');
  const connection = await engine.connection();
  await engine.sync(connection, plan, [account(1)]);
  const gone = await engine.sync(connection, plan, [
    account(1, { IsDeleted: 'true', Name: null, SystemModstamp: at(5) }),
  ]);
  assert.deepEqual([gone.deleted, gone.rejected, gone.unchanged], [0, 0, 1]);
  assert.deepEqual(await alive('ignored', connection), [{ name: 'Account 1', alive: true }]);
});

test('a deletion and another version of its row in one page end as the newer of them says', async () => {
  const plan = await onDelete('deactivate', 'twice');
  const connection = await engine.connection();
  await engine.sync(connection, plan, [
    account(1, { SystemModstamp: at(1) }),
    account(1, { SystemModstamp: at(2), IsDeleted: 'true' }),
    account(2, { SystemModstamp: at(2) }),
    account(2, { SystemModstamp: at(1), IsDeleted: 'true' }),
  ]);
  assert.deepEqual(
    (await alive('twice', connection)).map((now) => now['alive']),
    [false, true],
  );
});

test('the losers of a merge are parked with their master, once', async () => {
  const connection = await engine.connection();
  const parked = () =>
    engine.rows(
      'SELECT loser_id, master_id, seen_at FROM mooring.pending_merge WHERE connection_id = $1 ORDER BY loser_id',
      [connection],
    );
  const lost = (number: number, master: number): SourceRow =>
    account(number, { IsDeleted: 'true', MasterRecordId: sfid('001', master), SystemModstamp: at(1) });
  await engine.sync(connection, companies, [account(1), account(2), account(3)]);
  await engine.sync(connection, companies, [lost(1, 3), lost(2, 3), account(3)]);
  const first = await parked();
  assert.deepEqual(
    first.map(({ loser_id, master_id }) => [loser_id, master_id]),
    [
      [sfid('001', 1), sfid('001', 3)],
      [sfid('001', 2), sfid('001', 3)],
    ],
  );
  await engine.sync(connection, companies, [lost(1, 3), account(4, { IsDeleted: 'true' })]);
  assert.deepEqual(await parked(), first);
});

test('rows that come twice in the pages of a first load are written once, as the newest of them', async () => {
  const connection = await engine.connection();
  const [accounts, people] = [
    await engine.begin(connection, companies, { pages: 2 }),
    await engine.begin(connection, contacts, { pages: 2 }),
  ];
  assert.deepEqual([accounts.plan?.fillsEmptyTable, people.plan?.fillsEmptyTable], [true, true]);
  const first = [account(1, { Name: 'old' }), account(2), account(3, { Name: 'new', SystemModstamp: at(5) })];
  const second = [account(1, { Name: 'new', SystemModstamp: at(5) }), account(3, { Name: 'old' }), account(4)];
  await engine.load(accounts, first, { page: 0 });
  const { inserted, updated, unchanged } = await engine.load(accounts, second, { page: 1 });
  assert.deepEqual([inserted, updated, unchanged], [1, 1, 1]);
  assert.deepEqual(await names(connection), ['new', 'Account 2', 'new', 'Account 4']);
  await engine.load(people, [contact(1), contact(2)], { page: 0 });
  const counted = await engine.load(people, [contact(2), contact(3)], { page: 1 });
  assert.deepEqual([counted.inserted, counted.unchanged], [1, 1]);
  await engine.finish(accounts);
  assert.equal((await engine.begin(connection, companies)).plan?.fillsEmptyTable, undefined);
});

/** A node of what EXPLAIN tells as JSON. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

const TABLES: ReadonlySet<string | undefined> = new Set([
  'company',
  'app_user',
  'company_person',
  'person',
  'external_identity',
]);
const isByKey = ({ 'Index Cond': condition = '' }: PlanNode): boolean =>
  ['id', 'local_id', 'external_id', 'identity_key', 'sfdc_account_id', 'sfdc_user_id', 'sfdc_contact_id'].some((key) =>
    condition.includes(`(${key} =`),
  );

/** How the tables of the model are read, the scans beneath a bitmap included. */
function scansIn(node: PlanNode, above?: string): { readonly table: string; readonly isByKey: boolean }[] {
  const table = node['Relation Name'] ?? (node['Node Type'] === 'Bitmap Index Scan' ? above : undefined);
  const isScan = node['Node Type'].endsWith('Scan') && node['Node Type'] !== 'Bitmap Heap Scan';
  const below = (node.Plans ?? []).flatMap((plan) => scansIn(plan, table));
  return isScan && table !== undefined && TABLES.has(table) ? [{ table, isByKey: isByKey(node) }, ...below] : below;
}

test('tables that were analyzed while they were empty are not read from end to end by the pages that fill them', async () => {
  const connection = await engine.connection();
  const pool = engine.pool;
  await pool.query('CREATE SCHEMA analyzed');
  for (const table of TABLES) {
    await pool.query(`CREATE TABLE analyzed.${table} (LIKE model.${table} INCLUDING ALL)`);
    await pool.query(`VACUUM ANALYZE analyzed.${table}`);
  }
  const owner = { connectionId: connection, job: 'job', runId: connection };
  for (const job of [companies, contacts]) {
    const plan = { ...job, schema: 'analyzed', fillsEmptyTable: true as const };
    const { createStage, sequence, usualSequence = [], sequenceOfNew = [] } = pageStatements(plan, owner);
    const scans = await inRolledBackTransaction(pool, async (client) => {
      await client.query(`${PAGE_SETTINGS}; ${createStage}`);
      const found: unknown[] = [];
      for (const { name, sql } of [...sequence, ...usualSequence, ...sequenceOfNew]) {
        const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`EXPLAIN (FORMAT json) ${sql}`);
        const [explained] = rows[0]?.['QUERY PLAN'] ?? [];
        assert.ok(explained);
        found.push(...scansIn(explained.Plan).map((scan) => ({ statement: name, ...scan })));
      }
      return found;
    });
    assert.ok(scans.length > 10, `${scans.length} scans of ${job.table}`);
    assert.deepEqual(
      (scans as { isByKey: boolean }[]).filter((scan) => !scan.isByKey),
      [],
    );
  }
});

test('parallel pages that bring the same rows in opposite order neither deadlock nor lose one', async () => {
  const connection = await engine.connection();
  const rows = range(2_000);
  for (const round of range(3)) {
    const [accounts, people] = [
      await engine.begin(connection, companies, { pages: 4 }),
      await engine.begin(connection, contacts, { pages: 4 }),
    ];
    const stamp = { SystemModstamp: at(round) };
    const page = (number: number): number[] => (number % 2 === 0 ? rows : rows.toReversed());
    const counts = await Promise.all(
      range(4).flatMap((number) => [
        engine.load(
          accounts,
          page(number).map((row) => account(row, { ...stamp, Name: `v${round}` })),
          { page: number },
        ),
        engine.load(
          people,
          page(number).map((row) => contact(row, { ...stamp, Email: `${(row + round) % 500}@acme.example` })),
          { page: number },
        ),
      ]),
    );
    const written = (which: number): number =>
      counts
        .filter((_, index) => index % 2 === which)
        .reduce((sum, { inserted, updated }) => sum + inserted + updated, 0);
    assert.ok(written(0) >= rows.length && written(1) >= rows.length);
    assert.deepEqual(new Set(await names(connection)), new Set([`v${round}`]));
    const [people_] = await engine.rows(
      `SELECT count(*)::int AS roles, count(DISTINCT p.id)::int AS persons,
         count(*) FILTER (WHERE p.email <> coalesce(e.attributes ->> 'email', p.email) OR c.person_id <> e.local_id OR p.deleted_at IS NOT NULL)::int AS wrong
       FROM model.company_person AS c JOIN model.external_identity AS e ON e.external_id = c.sfdc_contact_id AND e.connection_id = c.connection_id
       JOIN model.person AS p ON p.id = e.local_id WHERE c.connection_id = $1`,
      [connection],
    );
    assert.deepEqual(people_, { roles: 2_000, persons: 500, wrong: 0 });
    const [live] = await engine.rows(
      'SELECT count(*)::int AS persons FROM model.person WHERE connection_id = $1 AND deleted_at IS NULL',
      [connection],
    );
    assert.deepEqual(live, { persons: 500 });
  }
});

test('a page whose row somebody else makes at the same moment is done again, from what was staged', async () => {
  const connection = await engine.connection();
  await engine.sync(connection, contacts, [contact(1, { Email: 'old@acme.example' })]);
  const other = await engine.pool.connect();
  await other.query('BEGIN');
  // Contact 1 would take its person along to this address, and finds it taken when we commit.
  await other.query(
    `INSERT INTO model.person (connection_id, identity_key, email, last_name) VALUES ($1, 'new@acme.example', 'new@acme.example', 'Other')`,
    [connection],
  );
  const loading = engine.load(await engine.begin(connection, contacts), [
    contact(1, { Email: 'new@acme.example', SystemModstamp: at(1) }),
  ]);
  await until('the page waits for us', async () => {
    const waiting = await engine.rows(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'transactionid'`,
    );
    return waiting.length === 1;
  });
  await other.query('COMMIT');
  other.release();
  assert.equal((await loading).updated, 1);
  const live = await engine.rows(
    'SELECT email, last_name FROM model.person WHERE connection_id = $1 AND deleted_at IS NULL',
    [connection],
  );
  assert.deepEqual(live, [{ email: 'new@acme.example', last_name: 'Contact 1' }]);
});

test('a contact that another page moved meanwhile is read again, and leaves no person behind', async () => {
  for (const known of [true, false]) {
    const connection = await engine.connection();
    if (known)
      await engine.sync(connection, contacts, [
        contact(1, { Email: 'a@acme.example' }),
        contact(2, { Email: 'a@acme.example' }),
      ]);
    const run = await engine.begin(connection, contacts, { pages: 2 });
    // Holds every page at its last step but one, with its contacts linked.
    const gate = await engine.pool.connect();
    await gate.query('BEGIN');
    await gate.query('SELECT FROM mooring.job_fence WHERE connection_id = $1 FOR UPDATE', [connection]);
    const first = engine.load(run, [contact(1, { Email: 'b@acme.example', SystemModstamp: at(1) })]);
    const waits = (event: string) => async (): Promise<boolean> =>
      (
        await engine.rows(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = $1`, [
          event,
        ])
      ).length > 0;
    await until('the first page stands at the fence', waits('transactionid'));
    const second = engine.load(run, [contact(1, { Email: 'c@acme.example', SystemModstamp: at(2) })], { page: 1 });
    await until('the second page waits for the first', async () => {
      const blocked = await engine.rows(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`,
      );
      return blocked.length === 2;
    });
    await gate.query('COMMIT');
    gate.release();
    await Promise.all([first, second]);
    const live = await engine.rows(
      'SELECT email FROM model.person WHERE connection_id = $1 AND deleted_at IS NULL ORDER BY email',
      [connection],
    );
    assert.deepEqual(live, [...(known ? [{ email: 'a@acme.example' }] : []), { email: 'c@acme.example' }]);
  }
});

test('two pages of a first load that make the same persons at once make each of them once', async () => {
  const connection = await engine.connection();
  const run = await engine.begin(connection, contacts, { pages: 2 });
  const gate = await engine.pool.connect();
  await gate.query('BEGIN');
  await gate.query('SELECT FROM mooring.job_fence WHERE connection_id = $1 FOR UPDATE', [connection]);
  const blocked = (count: number) => async (): Promise<boolean> =>
    (
      await engine.rows(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`,
      )
    ).length === count;
  const page = (from: number, minutes: number): SourceRow[] =>
    range(60).map((number) =>
      contact(from + number, { Email: `c${number % 40}@acme.example`, SystemModstamp: at(minutes) }),
    );
  const first = engine.load(run, page(100, 1));
  await until('the first page stands at the fence', blocked(1));
  const second = engine.load(run, page(200, 2), { page: 1 });
  await until('the second page waits for its persons', blocked(2));
  await gate.query('COMMIT');
  gate.release();
  assert.deepEqual(
    (await Promise.all([first, second])).map(({ inserted, rejected }) => [inserted, rejected]),
    [
      [60, 0],
      [60, 0],
    ],
  );
  const [linked] = await engine.rows(
    `SELECT count(*)::int AS contacts, count(DISTINCT p.id)::int AS persons, count(*) FILTER (WHERE c.person_id <> e.local_id)::int AS wrong,
       count(*) FILTER (WHERE p.last_name <> 'Contact ' || CASE WHEN p.email ~ '^c1?[0-9]@' THEN 240 ELSE 200 END + substring(p.email FROM '[0-9]+')::int)::int AS older
     FROM model.external_identity AS e JOIN model.person AS p ON p.id = e.local_id
     JOIN model.company_person AS c ON c.connection_id = e.connection_id AND c.sfdc_contact_id = e.external_id
     WHERE e.connection_id = $1`,
    [connection],
  );
  assert.deepEqual(linked, { contacts: 120, persons: 40, wrong: 0, older: 0 });
});
