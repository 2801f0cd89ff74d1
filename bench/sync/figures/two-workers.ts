import { lineOf, ratios, type Figure } from '../measure.ts';
import type { Ran, World } from '../world.ts';
import { COMPANIES, repeat, type Lines } from './rounds.ts';

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
