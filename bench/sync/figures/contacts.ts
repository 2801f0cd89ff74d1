import { lineOf, noteOf, ratios } from '../measure.ts';
import type { Connected, Ran, World } from '../world.ts';
import { COMPANIES, repeat, rowsOf, type Lines } from './rounds.ts';

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
