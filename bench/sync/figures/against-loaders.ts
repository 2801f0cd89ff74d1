import { rowsSoql } from '../rows-soql.ts';
import { loadByBulk, loadByQuery } from '../jsforce-loaders.ts';
import { lineOf, noteOf, ratios, timed, type Figure } from '../measure.ts';
import { firstPlan } from '../page-statements.ts';
import type { World } from '../world.ts';
import { COMPANIES, bareTable, orgSeconds, repeat, seconds, type Lines } from './rounds.ts';

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
