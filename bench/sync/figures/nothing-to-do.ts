import { lineOf, noteOf, type Figure } from '../measure.ts';
import type { World } from '../world.ts';
import { repeat, seconds, type Lines } from './rounds.ts';

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
