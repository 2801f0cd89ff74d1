import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowsSoql } from '../rows-soql.ts';
import { loadBare } from '../bare-copy.ts';
import { lineOf, noteOf, ratios, timed, type Figure } from '../measure.ts';
import { pageFiles } from '../page-files.ts';
import { firstPlan, loadFiles } from '../page-statements.ts';
import { checkpoint, type World } from '../world.ts';
import { COMPANIES, bareTable, orgSeconds, repeat, rowsOf, seconds, type Lines } from './rounds.ts';

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
