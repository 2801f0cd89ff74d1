import { createConnections } from '../adapters/postgres/connections.ts';
import { listRejects, type Reject } from '../adapters/postgres/rejects.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import { MooringError } from '../domain/errors.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { resolveDatabaseUrl } from './settings.ts';
import { openPool } from './system.ts';
import { drawTable } from './tables.ts';

interface RejectsOptions {
  readonly csv?: true;
  readonly json?: true;
}

/** A table that nobody would read to its end is cut; `--csv` and `--json` have all. */
const MOST_SHOWN = 50;

const CSV_COLUMNS = ['job', 'sourceId', 'code', 'field', 'value', 'message', 'firstSeenAt', 'lastSeenAt'] as const;

/** One value of a CSV line. What a spreadsheet would take for a formula is told that it is text. */
function cell(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The rejects as CSV, a line each, with a header. */
export const rejectsCsv = (rejects: readonly Reject[]): string =>
  [CSV_COLUMNS, ...rejects.map((reject) => CSV_COLUMNS.map((name) => reject[name] ?? ''))]
    .map((values) => values.map(cell).join(','))
    .join('\n');

/** The newest rejects, and how many there are of each reason. */
export function rejectsTable(rejects: readonly Reject[]): string {
  const rows = rejects
    .slice(0, MOST_SHOWN)
    .map(({ job, sourceId, code, message, lastSeenAt }) => [job, sourceId, code, message, lastSeenAt]);
  const more = rejects.length - rows.length;
  return [
    drawTable(['job', 'id', 'code', 'why', 'last seen'], rows),
    ...(more > 0 ? [`… and ${more} more. See them all with --csv or --json.`] : []),
  ].join('\n');
}

/** @throws JOB_UNKNOWN when the connection has no such job */
function assertHasJob({ name, jobs }: ConnectionSpec, job: string): void {
  if (jobs.some((known) => known.name === job)) return;
  const names = jobs.map((known) => `"${known.name}"`).join(', ');
  throw new MooringError('JOB_UNKNOWN', `Connection "${name}" has no job "${job}". Its jobs: ${names}.`);
}

async function rejects(
  name: string,
  job: string | undefined,
  { csv, json }: RejectsOptions,
  context: CliContext,
): Promise<number> {
  const pool = await openPool({ databaseUrl: await resolveDatabaseUrl(context) });
  try {
    const { connectionId, spec } = await createConnections(pool).findOrThrow(name);
    if (job !== undefined) assertHasJob(spec, job);
    const found = await listRejects(pool, connectionId, job);
    if (json) context.print(JSON.stringify(found, undefined, 2));
    else if (csv) context.print(rejectsCsv(found));
    else context.print(found.length === 0 ? 'There are no rejects.' : rejectsTable(found));
    return EXIT.clean;
  } finally {
    await pool.end();
  }
}

export const addRejects: AddCommand = (program, context) => {
  program
    .command('rejects')
    .description('List rows that could not be loaded, with the reason; they clear themselves once they load.')
    .argument('<name>', 'the connection')
    .argument('[job]', 'one job; all when absent')
    .option('--csv', 'print all as CSV')
    .option('--json', 'print all as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring rejects acme\n  $ mooring rejects acme company-sync --csv > rejects.csv',
    )
    .action(async (name: string, job: string | undefined, options: RejectsOptions) =>
      context.exit(await rejects(name, job, options, context)),
    );
};
