import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import { describeMachine } from './machine.ts';
import { againstLoaders } from './sync/figures/against-loaders.ts';
import { contacts } from './sync/figures/contacts.ts';
import { growth } from './sync/figures/growth.ts';
import { loadSpeed } from './sync/figures/load-speed.ts';
import { nothingToDo } from './sync/figures/nothing-to-do.ts';
import type { Lines } from './sync/figures/rounds.ts';
import { twoWorkers } from './sync/figures/two-workers.ts';
import { PAIRS, SCALE, scaled } from './sync/measure.ts';
import { SERVER_SETTINGS, startWorld, type World } from './sync/world.ts';

/** Companies with a column of the team's own: 20 mapped ones, two of them derived. */
const WITH_ARR = 'jobs: { company-sync: { map: { arr: ARR__c } } }';

/** Contacts as they are promised: two lookups, of the company and of the person. */
const TWO_LOOKUPS = 'jobs: { company-person-sync: { map: { manager_id: null, owner_user_id: null } } }';

/** Each with the figures of the sync engine's promises that it measures, and orgs of its own. */
const PARTS: Readonly<
  Record<
    string,
    { readonly accounts: Readonly<Record<string, number>>; readonly measure: (world: World) => Promise<Lines> }
  >
> = {
  load: { accounts: { million: scaled(1_000_000) }, measure: (world) => loadSpeed(world, 'million', WITH_ARR) },
  loaders: { accounts: { loaders: scaled(100_000) }, measure: (world) => againstLoaders(world, 'loaders', WITH_ARR) },
  contacts: {
    accounts: { people: scaled(200_000), more: scaled(200_000) },
    measure: (world) => contacts(world, 'people', TWO_LOOKUPS, 'more'),
  },
  growth: {
    accounts: { small: scaled(100_000), middle: scaled(200_000), large: scaled(2_000_000) },
    measure: (world) => growth(world, { small: 'small', middle: 'middle', large: 'large' }),
  },
  idle: { accounts: { idle: 3_000 }, measure: (world) => nothingToDo(world, 'idle') },
  workers: { accounts: { workers: scaled(400_000) }, measure: (world) => twoWorkers(world, 'workers') },
};

/** Parts to measure, all when absent: `MOORING_BENCH_PARTS=load,contacts`. */
const wanted = (process.env['MOORING_BENCH_PARTS'] ?? Object.keys(PARTS).join(',')).split(',');

/**
 * Measures what the sync engine promises, and returns the figures as text. `MOORING_BENCH_SCALE` makes the orgs smaller, `MOORING_BENCH_PAIRS` the
 * repetitions fewer, `MOORING_BENCH_PARTS` names some of the parts. What is promised is promised for the full sizes; a full run replaces `results.md`.
 */
export async function benchSync(): Promise<string> {
  const lines: string[] = [
    `Sync engine, scale ${SCALE}, ${PAIRS} pairs; middle value (lowest … highest)`,
    `PostgreSQL with ${Object.entries(SERVER_SETTINGS)
      .map((setting) => setting.join(' = '))
      .join(', ')}`,
  ];
  for (const name of wanted) {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`There is no part "${name}". There are: ${Object.keys(PARTS).join(', ')}.`);
    // Servers of its own for each part: what one leaves behind must not slow the next one down.
    const world = await startWorld(
      Object.fromEntries(
        Object.entries(part.accounts).map(([org, accounts]) => [
          org,
          { accounts, contacts: name === 'contacts' ? accounts : 10 },
        ]),
      ),
    );
    try {
      const measured = await part.measure(world);
      console.error(measured.join('\n'));
      lines.push(...measured);
    } finally {
      await world.stop();
    }
  }
  const text = lines.join('\n');
  if (SCALE === 1 && PAIRS >= 5 && wanted.length === Object.keys(PARTS).length) await keep(text);
  return text;
}

/** Keeps a full run, with the machine it was made on. */
const keep = (text: string): Promise<void> =>
  writeFile(
    join(import.meta.dirname, 'results.md'),
    `# Results\n\nOne full run of \`npm run bench sync\`, ${new Date().toISOString().slice(0, 10)}.\nThe machine: ${describeMachine()}.\n\n\`\`\`text\n${text}\n\`\`\`\n`,
  );

if (argv[1] === import.meta.filename) console.log(await benchSync());
