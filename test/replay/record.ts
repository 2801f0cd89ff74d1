/**
 * Records the event histories that test/replay/replay.test.ts replays against the workflows as they are now:
 *
 *     npx tsx test/replay/record.ts            # all
 *     npx tsx test/replay/record.ts long-life  # one scenario
 *
 * To be run when a path is added, or when a change of the workflows is meant to be incompatible with histories that are running;
 * then the old recordings are replaced, and the release notes have to say so.
 */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { SEARCH_ATTRIBUTES } from '../../domain/names.ts';
import { ownServer } from '../workflows/own-server.ts';
import { SCENARIOS } from './scenarios.ts';

const FOLDER = import.meta.dirname;

/** What tells of the machine and the process that recorded, and what stands in its place. */
const ANONYMOUS: Readonly<Record<string, string>> = { identity: 'recorder', stackTrace: '' };

const anonymous = (json: string): string =>
  JSON.stringify(
    JSON.parse(json, (key, value: unknown) => ANONYMOUS[key] ?? value),
    undefined,
    1,
  );

const [only] = process.argv.slice(2);
const isChosen = (scenario: string): boolean => only === undefined || only === scenario;
for (const name of await readdir(FOLDER)) {
  if (name.endsWith('.json') && isChosen(name.slice(0, name.indexOf('.')))) await rm(join(FOLDER, name));
}
for (const [name, { run, eventsPerHistory }] of Object.entries(SCENARIOS)) {
  if (!isChosen(name)) continue;
  const closers: (() => Promise<void>)[] = [];
  try {
    const server = await ownServer({
      ...(eventsPerHistory === undefined ? {} : { eventsPerHistory }),
      searchAttributes: SEARCH_ATTRIBUTES,
      whenDone: (close) => void closers.unshift(close),
    });
    for (const [what, handle] of Object.entries(await run(server))) {
      const file = join(FOLDER, `${name}.${what}.json`);
      await writeFile(file, `${anonymous(historyToJSON(await handle.fetchHistory()))}\n`);
      process.stdout.write(`${file}\n`);
    }
  } finally {
    for (const close of closers) await close();
  }
}
process.exit();
