import { cancellationSignal } from '@temporalio/activity';
import { randomUUID } from 'node:crypto';
import { compileJob } from '../domain/compile-job.ts';
import type { CompiledJob } from '../domain/compiled-job.ts';
import { problemOfDryRun, type DryRun } from '../domain/dry-run.ts';
import { MooringError } from '../domain/errors.ts';
import { describeAll, describeParents } from './describe-objects.ts';
import { alive, named } from './named.ts';
import type { JobContext, SalesforcePort, SyncPorts } from './sync-ports.ts';

export interface DryRunPorts extends Pick<
  SyncPorts,
  'budget' | 'describeCache' | 'jobContext' | 'readColumns' | 'salesforce'
> {
  /** Loads rows and takes everything back. */
  readonly dryLoad: (input: {
    readonly plan: CompiledJob;
    readonly owner: { readonly connectionId: string; readonly job: string; readonly runId: string };
    readonly pages: readonly string[];
  }) => Promise<Omit<DryRun, 'job' | 'mayHaveMore' | 'apiCalls'>>;
}

export interface DryRunInput {
  readonly connection: string;
  readonly job: string;
  /** At most as many rows are read. */
  readonly rows: number;
}

export type DryRunActivities = ReturnType<typeof createDryRunActivities>;

export const createDryRunActivities = (ports: DryRunPorts) => ({
  /**
   * Reads the first rows of a job's object and loads them in a transaction that is rolled back.
   *
   * Safe to repeat: it leaves nothing. Costs a describe (304 when unchanged) and one call for each page of the result, up to 2,000 rows.
   *
   * @throws REFUSED when the job reads no rows, CONNECTION_NOT_AUTHORIZED when nobody can ask its org
   */
  dryRunJob: (input: DryRunInput): Promise<DryRun> =>
    named(() =>
      alive(async () => {
        const problem = problemOfDryRun(input);
        if (problem !== undefined) throw new MooringError('REFUSED', problem);
        const context = await ports.jobContext(input.connection, input.job);
        assertHasRows(input, context);
        await ports.budget.assertLeft(context.connectionId);
        const api = ports.salesforce(context.connectionId, cancellationSignal());
        const plan = await compile(ports, api, context);
        const { pages, mayHaveMore } = await readFirst(api, plan, input.rows);
        const owner = { connectionId: context.connectionId, job: input.job, runId: randomUUID() };
        const loaded = await ports.dryLoad({ plan, owner, pages });
        return { ...loaded, job: input.job, mayHaveMore, apiCalls: api.calls() };
      }),
    ),
});

function assertHasRows({ connection }: DryRunInput, { job, connectionState }: JobContext): void {
  if (job.kind === 'picklist')
    throw new MooringError('REFUSED', `Job "${job.name}" reads describes and no rows, so it has no dry run.`);
  if (connectionState === 'active') return;
  const state = connectionState.replaceAll('_', ' ');
  throw new MooringError(
    'CONNECTION_NOT_AUTHORIZED',
    `Connection "${connection}" is ${state}, so nobody can ask its org.`,
  );
}

/** As a first load: everything, and nothing that was deleted. */
async function compile(ports: DryRunPorts, api: SalesforcePort, context: JobContext): Promise<CompiledJob> {
  const { connectionId, job, schema, companyResolution, upsertKeys } = context;
  const { describes } = await describeAll(ports, api, connectionId, [job.source.object ?? '']);
  const [own] = describes;
  const parents = own === undefined ? [] : await describeParents(ports, api, context, own);
  return compileJob({
    ...{ job, schema, companyResolution, describes: [...describes, ...parents] },
    columns: await ports.readColumns(schema),
    upsertKeys: new Map(Object.entries(upsertKeys)),
    mode: 'full',
    isFirstLoad: true,
  });
}

/** As many rows as were asked for mean that there may be more: to count them would cost a query that reads them all. */
async function readFirst(api: SalesforcePort, { object, readings }: CompiledJob, rows: number) {
  const soql = readings.find(({ kind }) => kind === 'rows')?.soql ?? '';
  const pages: string[] = [];
  let page = await api.query(`${soql} LIMIT ${rows}`, { all: false, object });
  const mayHaveMore = page.totalSize >= rows;
  pages.push(page.text);
  while (page.nextLocator !== undefined) {
    page = await api.queryMore(page.nextLocator, object);
    pages.push(page.text);
  }
  return { pages, mayHaveMore };
}
