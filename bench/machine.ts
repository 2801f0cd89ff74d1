import { cpus, totalmem } from 'node:os';
import { version } from 'node:process';

/** The machine in one line: processors, memory, Node.js. */
export const describeMachine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${version}`;
