import { argv, exit } from 'node:process';
import { benchConfig } from './config.ts';
import { benchEmulator } from './emulator.ts';
import { describeMachine } from './machine.ts';
import { benchSync } from './sync.ts';

/** Area → what measures it. Speeds are ratios of two measurements of one run: machines differ, and are busy with other things. */
const AREAS: Readonly<Record<string, () => Promise<string>>> = {
  config: benchConfig,
  emulator: benchEmulator,
  sync: benchSync,
};

const wanted = argv.slice(2);
const unknown = wanted.filter((area) => !(area in AREAS));
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown.join('", "')}". There are: ${Object.keys(AREAS).join(', ')}.`);
  exit(1);
}
console.log(`${describeMachine()}\n`);
for (const [area, measure] of Object.entries(AREAS)) {
  if (wanted.length === 0 || wanted.includes(area)) console.log(`${await measure()}\n`);
}
