import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { RunEnd, StoredRun } from '../activities/sync-ports.ts';
import { createFinishRun } from '../adapters/postgres/finish-run.ts';
import { loadPage } from '../adapters/postgres/load-page.ts';
import type { PageContent } from '../adapters/postgres/page-stage.ts';
import { migrate, migrateModel } from '../adapters/postgres/migrate.ts';
import { createPool } from '../adapters/postgres/pool.ts';
import { createRuns } from '../adapters/postgres/runs.ts';
import { ensureTarget, readColumns } from '../adapters/postgres/target-tables.ts';
import { catalogJobs } from '../config/catalog.ts';
import { compileJob, type CompileInput } from '../domain/compile-job.ts';
import type { CompiledJob } from '../domain/compiled-job.ts';
import type { DescribedObject } from '../domain/describe.ts';
import type { JobSpec } from '../domain/job-spec.ts';
import type { RowCounts, RunSummary } from '../domain/run.ts';
import { connectionSpec } from './jobs.ts';
import { at, pageOf, sfid, type PageFormat, type SourceRow } from './pages.ts';
import { createTestDatabase, prepareTemplate } from './support/database.ts';
import { whenTestsEnd } from './support/when-tests-end.ts';

const MIGRATIONS = new URL('../migrations/', import.meta.url);

const migrationTexts = async (): Promise<string[]> => {
  const names = (await readdir(MIGRATIONS, { recursive: true })).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(names.map((name) => readFile(new URL(name, MIGRATIONS), 'utf8')));
};

/** A database with Mooring's schema and the customer model in `model`; gone when the file's tests are over. */
export async function createModelDatabase(max = 20) {
  const prepare = async (url: string): Promise<void> => {
    const pool = createPool(url);
    await migrate(pool);
    await migrateModel(pool, 'model');
    await pool.end();
  };
  const template = await prepareTemplate('model', prepare, await migrationTexts());
  const database = await createTestDatabase({ template });
  const pool = createPool(database.url, { max });
  whenTestsEnd(async () => {
    await pool.end();
    await database.drop();
  });
  return { pool, url: database.url };
}

const keysOf = (jobs: readonly JobSpec[]): Map<string, readonly string[]> =>
  new Map(jobs.map(({ target, upsertKey }) => [target.table, upsertKey]));

/** The path of rows from a page to the model, without Salesforce and Temporal: compile, begin, load, finish. */
export async function createEngine() {
  const { pool, url } = await createModelDatabase();
  const runs = createRuns(pool);
  const finishRun = createFinishRun(pool);

  const rows = async (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
    (await pool.query<Record<string, unknown>>(sql, [...values])).rows;

  return {
    pool,
    url,
    runs,
    rows,

    /** An active connection of its own for a test: what others load is not seen. */
    async connection(name = `c-${randomUUID().slice(0, 8)}`, org = sfid('00D', 1)): Promise<string> {
      const [row] = await rows(
        `INSERT INTO mooring.connection (name, spec, state, org_id) VALUES ($1, $2, 'active', $3) RETURNING id`,
        [name, JSON.stringify(connectionSpec(name, [])), org],
      );
      return row?.['id'] as string;
    },

    /** Compiles a job and makes its table. */
    async compile(
      job: JobSpec,
      describes: readonly DescribedObject[],
      rest: Partial<CompileInput> = {},
    ): Promise<CompiledJob> {
      const plan = compileJob({
        ...{ job, describes, schema: 'model', companyResolution: [], mode: 'incremental' },
        columns: await readColumns(pool, 'model'),
        upsertKeys: keysOf([...catalogJobs(), job]),
        ...rest,
      });
      await ensureTarget(pool, plan);
      return plan;
    },

    /** Begins a run with as many pages as asked for. */
    async begin(
      connectionId: string,
      plan: CompiledJob,
      { job = plan.table, pages = 1 }: { readonly job?: string; readonly pages?: number } = {},
    ): Promise<StoredRun> {
      const run = await runs.begin({
        ...{ connectionId, job, plan, revision: 1, apiCalls: 0 },
        ...{ workflowRunId: randomUUID(), mode: 'incremental', nextWatermark: at(0) },
      });
      await runs.addPages(
        run.runId,
        Array.from({ length: pages }, (_, page) => `page-${page}`),
        0,
      );
      return run;
    },

    /** Loads source rows, or a page as it came, as one page of a run. */
    load(
      run: StoredRun,
      content: readonly SourceRow[] | PageContent,
      { page = 0, format = 'csv' }: { readonly page?: number; readonly format?: PageFormat } = {},
    ): Promise<RowCounts> {
      const { plan, connectionId, job, runId, fence } = run;
      if (plan === undefined) throw new Error('The run has no plan.');
      const isRows = (given: typeof content): given is readonly SourceRow[] => Array.isArray(given);
      return loadPage(pool, {
        ...{ owner: { connectionId, job, runId }, fence, page, plan },
        content: isRows(content) ? pageOf(plan, content, format) : content,
      });
    },

    finish: (run: StoredRun, end: RunEnd = { status: 'success' }): Promise<RunSummary> => finishRun(run, end),

    /** One run from beginning to end, of one page. */
    async sync(
      connectionId: string,
      plan: CompiledJob,
      content: readonly SourceRow[],
      format: PageFormat = 'csv',
    ): Promise<RunSummary> {
      const run = await this.begin(connectionId, plan);
      await this.load(run, content, { format });
      return this.finish(run);
    },

    /** What could not be loaded, by source id. */
    rejects: (connectionId: string): Promise<Record<string, unknown>[]> =>
      rows(
        'SELECT source_id, field, value, code, message FROM mooring.rejected_row WHERE connection_id = $1 ORDER BY source_id',
        [connectionId],
      ),
  };
}
