import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from '../../adapters/postgres/pool.ts';
import { rowsSoql } from './rows-soql.ts';
import { loadBare } from './bare-copy.ts';
import { loadByBulk, loadByQuery } from './jsforce-loaders.ts';
import { lineOf, noteOf, PAIRS, ratios, timed, type Figure } from './measure.ts';
import { pageFiles } from './page-files.ts';
import { firstPlan, loadFiles } from './page-statements.ts';
import { checkpoint, type Connected, type Ran, type World } from './world.ts';

/** Lines of the report. */
export type Lines = readonly string[];

const COMPANIES = ['company-sync'] as const;
const rowsOf = ({ jobs }: Ran, job: string): number => jobs.find((ended) => ended.job === job)?.read ?? 0;

async function repeat<T>(work: (round: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < PAIRS; round += 1) results.push(await work(round));
  return results;
}

const seconds = (runs: readonly Ran[]): number[] => runs.map((run) => run.seconds);
const orgSeconds = (runs: readonly Ran[]): number[] => runs.map((run) => run.orgSeconds);

/** A table like the companies', outside of the model. Returns its name. */
async function bareTable(pool: Pool, { schema }: Connected): Promise<string> {
  await pool.query(`DROP TABLE IF EXISTS bare_target; CREATE TABLE bare_target (LIKE ${schema}.company INCLUDING ALL)`);
  await checkpoint(pool);
  return 'bare_target';
}

/** 1 and 2: a first load, the same from files, what PostgreSQL can do at best, and reading everything again. */
export async function loadSpeed(world: World, org: string, yaml: string): Promise<Lines> {
  const { pool, plainPool } = world;
  const connected = await world.connect(org, yaml);
  const folder = await mkdtemp(join(tmpdir(), 'bench-pages-'));
  try {
    return await world.withWorkers(1, async () => {
      await connected.run(['user-sync']);
      await connected.run(COMPANIES); // the first one of a process is slower, and leaves its plan
      const plan = await firstPlan(pool, connected, 'company-sync');
      const files = await pageFiles(connected, rowsSoql(plan), folder);
      const rounds = await repeat(async () => {
        await connected.empty();
        const first = await connected.run(COMPANIES);
        const again = await connected.run(COMPANIES, { mode: 'full' });
        await connected.changeOrg(`UPDATE "Account" SET "Name" = "Name" || '.' WHERE hashtext("Id") % 100 = 0`);
        const changed = await connected.run(COMPANIES, { mode: 'full' });
        await connected.empty();
        await checkpoint(pool);
        const fromFiles = await timed(() => loadFiles(pool, connected, plan, files));
        const table = await bareTable(pool, connected);
        const bare = await timed(() =>
          loadBare(plainPool, { table, connectionId: connected.connectionId }, plan, files),
        );
        return { first, again, changed, fromFiles, bare };
      });
      const first = seconds(rounds.map((round) => round.first));
      const files_ = rounds.map(({ fromFiles }) => fromFiles);
      const bare = rounds.map((round) => round.bare);
      const rows = rowsOf(rounds[0]?.first ?? { seconds: 0, orgSeconds: 0, jobs: [] }, 'company-sync');
      const changed = rounds.map((round) => round.changed.jobs[0]?.updated ?? 0);
      const speed = (taken: readonly number[]): number[] => taken.map((time) => rows / time / 1000);
      const figures: Figure[] = [
        {
          id: '1a',
          what: 'first load, whole system ÷ its statements from files',
          values: ratios(first, files_),
          target: { most: 1.25 },
        },
        {
          id: '1b',
          what: 'its statements from files ÷ bare COPY + INSERT … ON CONFLICT',
          values: ratios(files_, bare),
          target: { most: 1.6 },
        },
        {
          id: '1',
          what: 'first load, whole system ÷ bare COPY + INSERT … ON CONFLICT',
          values: ratios(first, bare),
          target: { most: 1.5 },
        },
        {
          id: '2a',
          what: 'full re-read, nothing changed ÷ first load',
          values: ratios(seconds(rounds.map((round) => round.again)), first),
          target: { most: 0.7 },
        },
        {
          id: '2b',
          what: 'full re-read, one in a hundred changed ÷ first load',
          values: ratios(seconds(rounds.map((round) => round.changed)), first),
          target: { most: 0.8 },
        },
      ];
      return [
        ...figures.map(lineOf),
        noteOf('rows', [rows], '', 0),
        noteOf('first load', speed(first), 'k rows/s'),
        noteOf('from files', speed(files_), 'k rows/s'),
        noteOf('bare', speed(bare), 'k rows/s'),
        noteOf('changed in 2b', changed, 'rows', 0),
        noteOf('subtracted: the org at work on the Bulk job', orgSeconds(rounds.map((round) => round.first)), 's'),
      ];
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** 3: against what somebody would write by hand. */
export async function againstLoaders(world: World, org: string, yaml: string): Promise<Lines> {
  const { pool, plainPool } = world;
  const connected = await world.connect(org, yaml);
  return world.withWorkers(1, async () => {
    await connected.run(['user-sync', ...COMPANIES]);
    const plan = await firstPlan(pool, connected, 'company-sync');
    const soql = rowsSoql(plan);
    const rounds = await repeat(async () => {
      await connected.empty();
      const ours = await connected.run(COMPANIES);
      const input = { connected, plan, soql };
      const table = await bareTable(pool, connected);
      const query = await timed(() => loadByQuery(plainPool, { ...input, table }));
      const other = await bareTable(pool, connected);
      const before = await connected.orgSeconds();
      const bulk = await timed(() => loadByBulk(plainPool, { ...input, table: other }));
      const orgTook = (await connected.orgSeconds()) - before;
      return { ours, query, bulk: bulk - orgTook };
    });
    const ours = seconds(rounds.map((round) => round.ours));
    const figures: Figure[] = [
      {
        id: '3a',
        what: 'jsforce loader, conn.query ÷ ours',
        values: ratios(
          rounds.map(({ query }) => query),
          ours,
        ),
        target: { least: 3 },
      },
      {
        id: '3b',
        what: 'jsforce loader, conn.bulk2.query ÷ ours',
        values: ratios(
          rounds.map(({ bulk }) => bulk),
          ours,
        ),
        target: { least: 3 },
      },
    ];
    return [
      ...figures.map(lineOf),
      noteOf('ours', ours, 's'),
      noteOf('subtracted: the org at work on our Bulk job', orgSeconds(rounds.map((round) => round.ours)), 's'),
    ];
  });
}

/** First loads of companies and of their people, in rows a second. */
async function speedsOf(connected: Connected) {
  const speedOf = (run: Ran, job: string): number => rowsOf(run, job) / run.seconds / 1000;
  await connected.empty();
  const companies = speedOf(await connected.run(COMPANIES), 'company-sync');
  const run = await connected.run(['company-person-sync']);
  return { companies, people: speedOf(run, 'company-person-sync'), orgSeconds: run.orgSeconds };
}

/**
 * 4: contacts, which become persons and roles, against companies. @param org - into it by two lookups @param catalogOrg - as many, by what the catalog has:
 * managers and owners too
 */
export async function contacts(world: World, org: string, yaml: string, catalogOrg: string): Promise<Lines> {
  const [two, all] = [await world.connect(org, yaml), await world.connect(catalogOrg)];
  return world.withWorkers(1, async () => {
    for (const connected of [two, all]) await connected.run(['user-sync', ...COMPANIES]);
    const rounds = await repeat(async () => ({ two: await speedsOf(two), all: await speedsOf(all) }));
    const people = rounds.map((round) => round.two.people);
    const companies = rounds.map((round) => round.two.companies);
    const ofCatalog = rounds.map((round) => round.all.people);
    return [
      lineOf({
        id: '4',
        what: 'contacts (person, role; two lookups) a second ÷ companies a second',
        values: ratios(people, companies),
        target: { least: 0.5 },
      }),
      noteOf('companies', companies, 'k rows/s'),
      noteOf('contacts', people, 'k rows/s'),
      noteOf('contacts by the catalog, four lookups', ofCatalog, 'k rows/s'),
      noteOf(
        'the same ÷ companies',
        ratios(
          ofCatalog,
          rounds.map((round) => round.all.companies),
        ),
        '',
        2,
      ),
      noteOf(
        'subtracted: the org at work on the contacts',
        rounds.map((round) => round.two.orgSeconds),
        's',
      ),
    ];
  });
}

/** 5 and 6: what grows with the rows, and what must not. */
export async function growth(
  world: World,
  orgs: Readonly<Record<'small' | 'middle' | 'large', string>>,
): Promise<Lines> {
  const { pool } = world;
  /** One first load by a fresh worker. */
  const load = async (connected: Connected) => {
    await connected.empty();
    return world.withWorkers(1, async ([worker]) => {
      const run = await connected.run(COMPANIES);
      return { run, rssMb: (await worker?.peakRssMb()) ?? Number.NaN };
    });
  };
  const [small, middle, large] = [
    await world.connect(orgs.small),
    await world.connect(orgs.middle),
    await world.connect(orgs.large),
  ];
  const rounds = await repeat(async () => ({
    small: await load(small),
    middle: await load(middle),
    large: await load(large),
  }));
  const { events } = await large.historyOf('company-sync');
  const [job] = rounds.at(-1)?.large.run.jobs ?? [];
  const pages = await pagesOf(pool, job?.runId);
  const bloat = await growthByReading(world, small);
  const rss = (size: 'small' | 'large'): number[] => rounds.map((round) => round[size].rssMb);
  const time = (size: 'middle' | 'large'): number[] => rounds.map((round) => round[size].run.seconds);
  const figures: Figure[] = [
    {
      id: '5a',
      what: 'largest memory of a worker, large ÷ small org',
      values: ratios(rss('large'), rss('small')),
      target: { most: 1.1 },
    },
    {
      id: '5b',
      what: 'largest memory of a worker, large org, MiB',
      values: rss('large'),
      target: { most: 400 },
      digits: 0,
    },
    {
      id: '5c',
      what: 'size of the table and its indexes after 10 unchanged re-reads ÷ before',
      values: [bloat],
      target: { most: 1 },
    },
    {
      id: '6a',
      what: 'time of the large ÷ of the middle org, a tenth of it',
      values: ratios(time('large'), time('middle')),
      target: { most: 11 },
    },
    {
      id: '6b',
      what: 'events of the large org’s job beyond 6 a page',
      values: [events - 6 * pages],
      target: { most: 40 },
      digits: 0,
    },
    {
      id: '6c',
      what: 'API calls of the large org’s job beyond 1 a page',
      values: [(job?.apiCalls ?? Number.NaN) - pages],
      target: { most: 8 },
      digits: 0,
    },
  ];
  return [
    ...figures.map(lineOf),
    noteOf(
      'rows of the small, middle and large org',
      (['small', 'middle', 'large'] as const).map((size) =>
        rowsOf(rounds[0]?.[size].run ?? { seconds: 0, orgSeconds: 0, jobs: [] }, 'company-sync'),
      ),
      'rows',
      0,
    ),
    noteOf('pages of the large org', [pages], '', 0),
    noteOf(
      'subtracted: the large org at work on the Bulk job',
      orgSeconds(rounds.map((round) => round.large.run)),
      's',
    ),
  ];
}

async function pagesOf(pool: Pool, runId: string | undefined): Promise<number> {
  const { rows } = await pool.query<{ pages: string }>(
    'SELECT count(*) AS pages FROM mooring.run_page WHERE run_id = $1',
    [runId],
  );
  return Number(rows[0]?.pages);
}

/** By what factor the companies' table and its indexes grow while nothing changes and everything is read ten times. */
async function growthByReading(world: World, connected: Connected): Promise<number> {
  const size = async (): Promise<number> => {
    const { rows } = await world.pool.query<{ size: string }>('SELECT pg_total_relation_size($1) AS size', [
      `${connected.schema}.company`,
    ]);
    return Number(rows[0]?.size);
  };
  return world.withWorkers(1, async () => {
    await world.pool.query(`VACUUM ${connected.schema}.company`); // its maps of free space count as size
    const before = await size();
    for (let time = 0; time < 10; time += 1) await connected.run(COMPANIES, { mode: 'full' });
    return (await size()) / before;
  });
}

const SIX = [
  'picklist-sync',
  'user-sync',
  'company-sync',
  'company-person-sync',
  'relationship-type-sync',
  'relationship-sync',
];

/** 7: what six jobs cost that find nothing to do. */
export async function nothingToDo(world: World, org: string): Promise<Lines> {
  const connected = await world.connect(org);
  return world.withWorkers(1, async () => {
    await connected.run(SIX);
    await connected.forgetOverlap();
    const rounds = await repeat(() => connected.run(SIX));
    const calls = rounds.map(({ jobs }) => jobs.reduce((sum, { apiCalls }) => sum + apiCalls, 0));
    const activities = await Promise.all(SIX.map(async (job) => (await connected.historyOf(job)).activities.length));
    const figures: Figure[] = [
      { id: '7a', what: 'API calls of six jobs with nothing to do', values: calls, target: { most: 18 }, digits: 0 },
      {
        id: '7b',
        what: 'activities of the one that has most',
        values: [Math.max(...activities)],
        target: { most: 4 },
        digits: 0,
      },
    ];
    return [...figures.map(lineOf), noteOf('time of the six', seconds(rounds), 's')];
  });
}

/** 8: two worker processes against one. */
export async function twoWorkers(world: World, org: string): Promise<Lines> {
  const { pool } = world;
  const connected = await world.connect(org);
  /** Two first loads, after as many as there are processes: the first one of a process is slower, and of two each does half of one. */
  const load = async (count: number) =>
    world.withWorkers(count, async () => {
      const runs: Ran[] = [];
      for (let time = 0; time < count + 2; time += 1) {
        await connected.empty();
        runs.push(await connected.run(COMPANIES));
      }
      const measured = runs.slice(count);
      const { activities } = await connected.historyOf('company-sync');
      return {
        seconds: measured.reduce((sum, run) => sum + run.seconds, 0),
        runIds: measured.map((run) => run.jobs[0]?.runId),
        workers: new Set(activities).size,
      };
    });
  // Each comes first in turns: an org that has answered often is slower.
  const rounds = await repeat(async (round) => {
    if (round % 2 === 0) return { one: await load(1), two: await load(2) };
    const two = await load(2);
    return { one: await load(1), two };
  });
  const runIds = rounds.flatMap(({ one, two }) => [...one.runIds, ...two.runIds]);
  const { rows } = await pool.query<{ twice: string }>(
    `SELECT count(*) AS twice FROM (SELECT run_id FROM mooring.run_page WHERE run_id = ANY ($1::uuid[]) GROUP BY run_id
       HAVING sum(rows_inserted) <> sum(rows_read) OR count(loaded_at) <> count(*)) AS odd`,
    [runIds],
  );
  const figures: Figure[] = [
    {
      id: '8a',
      what: 'two worker processes ÷ one, time',
      values: ratios(
        rounds.map(({ two }) => two.seconds),
        rounds.map(({ one }) => one.seconds),
      ),
      target: { most: 1 },
    },
    {
      id: '8b',
      what: 'workers that shared the pages of a job',
      values: rounds.map(({ two }) => two.workers),
      target: { least: 2 },
      digits: 0,
    },
    {
      id: '8c',
      what: 'runs in which a page took effect twice, or not at all',
      values: [Number(rows[0]?.twice)],
      target: { most: 0 },
      digits: 0,
    },
  ];
  return figures.map(lineOf);
}
