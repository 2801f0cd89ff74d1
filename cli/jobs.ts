import { createConnections } from '../adapters/postgres/connections.ts';
import { createJobs, type JobListing } from '../adapters/postgres/jobs.ts';
import { EXIT, type AddCommand } from './context.ts';
import { openPool } from './system.ts';
import { resolveDatabaseUrl } from './settings.ts';
import { drawTable, status } from './tables.ts';

const HEAD = ['job', 'connection', 'source', 'destination', 'last run', 'on', 'open rejects', 'schedule'];

/** What to show of a job's last run: why it cannot run comes before how it ended. */
const lastRun = ({ status: availability, lastRunStatus }: JobListing): string => {
  if (availability !== 'available') return status(availability);
  return lastRunStatus === undefined ? 'never ran' : status(lastRunStatus);
};

/** The job list, and below it the reasons of what is unavailable. */
export function jobsTable(jobs: readonly JobListing[]): string {
  const rows = jobs.map((job) => [
    job.title,
    job.connection,
    job.source,
    job.destination,
    lastRun(job),
    job.lastRunOn ?? '',
    job.openRejects,
    job.scheduleType,
  ]);
  const reasons = jobs.flatMap(({ title, statusReason }) =>
    statusReason === undefined ? [] : [`${title}: ${statusReason}`],
  );
  return [drawTable(HEAD, rows), ...reasons].join('\n');
}

export const addJobs: AddCommand = (program, context) => {
  program
    .command('jobs')
    .description('List jobs: where from, where to, how the last run ended, and when they run.')
    .argument('[name]', 'the connection; all when absent')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExamples:\n  $ mooring jobs\n  $ mooring jobs acme --json')
    .action(async (name: string | undefined, { json }: { json?: true }) => {
      const pool = await openPool({ databaseUrl: await resolveDatabaseUrl(context) });
      try {
        if (name !== undefined) await createConnections(pool).findOrThrow(name);
        const jobs = await createJobs(pool).list(name);
        if (json) context.print(JSON.stringify(jobs, undefined, 2));
        else
          context.print(
            jobs.length === 0
              ? 'There are no jobs yet. Declare a connection in YAML and run: mooring apply DIR'
              : jobsTable(jobs),
          );
        context.exit(EXIT.clean);
      } finally {
        await pool.end();
      }
    });
};
