import { argv } from 'node:process';
import type { OrgOptions } from '../../emulator/contract.ts';
import { startEmulator } from '../../emulator/start.ts';
import { report } from '../serving.ts';

/** Serves emulated orgs in a process of their own: their work must not be ours. Ends with its parent. */
const [, , , databaseUrl = '', dataDir = '', orgs = '[]'] = argv;
process.on('disconnect', () => process.exit());
const emulator = await startEmulator({
  databaseUrl,
  dataDir,
  orgs: JSON.parse(orgs) as OrgOptions[],
  // jsforce ends the process on a second result page; it is to be measured, so it gets one page. Ours are of the size that we ask for.
  bulk: { pageRows: 250_000 },
});
report(emulator.url);
