import type { Pool } from '../../../adapters/postgres/pool.ts';
import { lineOf, noteOf, ratios, type Figure } from '../measure.ts';
import type { Connected, World } from '../world.ts';
import { COMPANIES, orgSeconds, repeat, rowsOf, type Lines } from './rounds.ts';

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
