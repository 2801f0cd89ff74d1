import colors from 'picocolors';
import { createDeployments } from '../adapters/postgres/deployments.ts';
import { DRY_RUN_ROWS, problemOfDryRun, type DryRun } from '../domain/dry-run.ts';
import { MooringError } from '../domain/errors.ts';
import { EXIT, type CliContext } from './context.ts';
import { withSystem } from './system.ts';
import { drawTable } from './tables.ts';

export interface DryRunOptions {
  readonly rows?: string;
  readonly json?: true;
}

/** Shows what the first rows of each job would become, one job after the other. Nothing is kept. */
export async function dryRun(
  connection: string,
  named: readonly string[],
  { rows, json }: DryRunOptions,
  context: CliContext,
): Promise<number> {
  const most = rows === undefined ? DRY_RUN_ROWS.usual : Number(rows);
  const problem = problemOfDryRun({ job: 'any', rows: most });
  if (problem !== undefined) throw new MooringError('USAGE', problem.replace('"NaN"', `"${rows ?? ''}"`));
  return withSystem(context, async (system) => {
    const jobs = named.length > 0 ? named : await rowJobs(system.pool, connection);
    const results: DryRun[] = [];
    for (const job of jobs) results.push(await system.mooring.dryRun(connection, { job, rows: most }));
    context.print(json ? JSON.stringify({ jobs: results }, undefined, 2) : describe(results));
    return EXIT.clean;
  });
}

async function rowJobs(pool: Parameters<typeof createDeployments>[0], connection: string): Promise<string[]> {
  const deployed = (await createDeployments(pool).list()).find(({ name }) => name === connection);
  if (deployed === undefined)
    throw new MooringError('CONNECTION_UNKNOWN', `Connection "${connection}" is not deployed. Run: mooring apply DIR`);
  return deployed.spec.jobs.filter(({ kind, enabled }) => kind !== 'picklist' && enabled).map(({ name }) => name);
}

function describe(results: readonly DryRun[]): string {
  const head = ['job', 'read', 'inserted', 'updated', 'unchanged', 'rejected'];
  const rows = results.map(({ job, read, inserted, updated, unchanged, rejected }) => [
    ...[job, read, inserted, updated, unchanged, rejected],
  ]);
  return [drawTable(head, rows), ...results.flatMap(remarks), colors.dim('Nothing was kept.')].join('\n');
}

const remarks = ({ job, read, mayHaveMore, rejects, tableChanges }: DryRun): string[] => [
  ...rejects.map(
    ({ field, code, rows, sourceIds }) =>
      `${job}: ${rows} rows rejected, ${code}${field === '' ? '' : ` in ${field}`}, as ${sourceIds.join(', ')}`,
  ),
  ...tableChanges.map((words) => `${job}: a run would first have ${words}`),
  ...(mayHaveMore ? [`${job}: only the first ${read} rows were read; --rows takes more`] : []),
];
