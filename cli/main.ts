#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import colors from 'picocolors';
import { MooringError } from '../domain/errors.ts';
import { addApply } from './apply.ts';
import { addAuthorize } from './authorize.ts';
import { addCheck } from './check.ts';
import { addConnection } from './connection.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { addDemo } from './demo.ts';
import { addDev } from './dev.ts';
import { addEmulator } from './emulator.ts';
import { addExplain } from './explain.ts';
import { addGenerate } from './generate.ts';
import { addHistory } from './history.ts';
import { addInit } from './init.ts';
import { addJobs } from './jobs.ts';
import { addKey } from './key.ts';
import { addMigrate } from './migrate.ts';
import { addPause } from './pause.ts';
import { addPlan } from './plan.ts';
import { addPrune } from './prune.ts';
import { addRejects } from './rejects.ts';
import { addRetry } from './retry.ts';
import { addRevoke } from './revoke.ts';
import { addRun } from './run.ts';
import { addServer } from './server.ts';
import { addStatus } from './status.ts';
import { addToken } from './token.ts';
import { addWorker } from './worker.ts';

const COMMANDS: readonly AddCommand[] = [
  addDemo,
  addDev,
  addEmulator,
  addInit,
  addGenerate,
  addCheck,
  addExplain,
  addPlan,
  addApply,
  addHistory,
  addAuthorize,
  addRun,
  addStatus,
  addJobs,
  addRejects,
  addRetry,
  addPause,
  addRevoke,
  addConnection,
  addPrune,
  addWorker,
  addServer,
  addMigrate,
  addKey,
  addToken,
];

/** The first signal asks to stop; a second one does not wait any more. */
function interruption(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve();
      });
    }
  });
}

const version = (): string => {
  // Beside the sources in a checkout, one folder up from dist/.
  for (const place of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { version: string }).version;
    } catch {
      // the other place
    }
  }
  return 'unknown';
};

function report(error: unknown): void {
  if (error instanceof CommanderError) return; // commander has said it
  const isOurs = error instanceof MooringError;
  const message = error instanceof Error ? error.message : String(error);
  console.error(`${colors.red('✖')} ${message}${isOurs ? colors.dim(` [${error.code}]`) : ''}`);
  if (!isOurs && error instanceof Error && process.env['MOORING_DEBUG'] !== undefined) console.error(error.stack);
}

async function main(): Promise<void> {
  // The reader has seen enough, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
  });
  const context: CliContext = {
    print: (line) => console.log(line),
    warn: (line) => console.error(line),
    env: process.env,
    cwd: process.cwd(),
    isTerminal: process.stdout.isTTY,
    interrupted: interruption(),
    exit: (status) => {
      process.exitCode = status;
    },
  };
  const program = new Command('mooring')
    .description(
      'Salesforce data in your own PostgreSQL: connections and data jobs as YAML, each connection a durable Temporal workflow.',
    )
    .version(version())
    .showHelpAfterError('(mooring COMMAND --help shows the usage)')
    .exitOverride();
  for (const add of COMMANDS) add(program, context);
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync();
  } catch (error) {
    report(error);
    process.exitCode = error instanceof CommanderError ? Math.min(error.exitCode, EXIT.failed) : EXIT.failed;
  }
}

await main();
// Everything was stopped in order; should a part still hold the process, it does not hold it for long.
setTimeout(() => process.exit(), 3_000).unref();
