#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import colors from 'picocolors';
import { MooringError } from '../domain/errors.ts';
import { ask } from './ask.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';

/** In the order of the help. Only what is called is loaded: the parts of a worker take a second, and `check` needs none of them. */
const COMMANDS: readonly { readonly names: readonly string[]; readonly load: () => Promise<AddCommand> }[] = [
  { names: ['demo'], load: async () => (await import('./demo.ts')).addDemo },
  { names: ['dev'], load: async () => (await import('./dev.ts')).addDev },
  { names: ['emulator'], load: async () => (await import('./emulator.ts')).addEmulator },
  { names: ['init'], load: async () => (await import('./init.ts')).addInit },
  { names: ['generate'], load: async () => (await import('./generate.ts')).addGenerate },
  { names: ['check'], load: async () => (await import('./check.ts')).addCheck },
  { names: ['explain'], load: async () => (await import('./explain.ts')).addExplain },
  { names: ['plan'], load: async () => (await import('./plan.ts')).addPlan },
  { names: ['snapshot'], load: async () => (await import('./snapshot.ts')).addSnapshot },
  { names: ['apply'], load: async () => (await import('./apply.ts')).addApply },
  { names: ['history', 'rollback'], load: async () => (await import('./history.ts')).addHistory },
  { names: ['authorize'], load: async () => (await import('./authorize.ts')).addAuthorize },
  { names: ['run'], load: async () => (await import('./run.ts')).addRun },
  { names: ['status'], load: async () => (await import('./status.ts')).addStatus },
  { names: ['jobs'], load: async () => (await import('./jobs.ts')).addJobs },
  { names: ['rejects'], load: async () => (await import('./rejects.ts')).addRejects },
  { names: ['retry'], load: async () => (await import('./retry.ts')).addRetry },
  { names: ['schedules'], load: async () => (await import('./schedules.ts')).addSchedules },
  { names: ['pause', 'resume'], load: async () => (await import('./pause.ts')).addPause },
  { names: ['revoke'], load: async () => (await import('./revoke.ts')).addRevoke },
  { names: ['connection'], load: async () => (await import('./connection.ts')).addConnection },
  { names: ['prune'], load: async () => (await import('./prune.ts')).addPrune },
  { names: ['worker'], load: async () => (await import('./worker.ts')).addWorker },
  { names: ['server'], load: async () => (await import('./server.ts')).addServer },
  { names: ['migrate'], load: async () => (await import('./migrate.ts')).addMigrate },
  { names: ['key'], load: async () => (await import('./key.ts')).addKey },
  { names: ['token'], load: async () => (await import('./token.ts')).addToken },
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
    ...(process.stdin.isTTY ? { ask } : {}),
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
  const called = process.argv[2] ?? '';
  const wanted = COMMANDS.filter(({ names }) => names.includes(called));
  for (const { load } of wanted.length > 0 ? wanted : COMMANDS) (await load())(program, context);
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
