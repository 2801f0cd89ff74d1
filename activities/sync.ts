import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { setTimeout as delay } from 'node:timers/promises';
import { compileJob } from '../domain/compile-job.ts';
import type { DescribedObject } from '../domain/describe.ts';
import { MooringError } from '../domain/errors.ts';
import { dropdownListsOf, parsePicklistPath, type DropdownList, type PicklistPath } from '../domain/picklists.ts';
import { parentsToDescribe } from '../domain/resolve-path.ts';
import { unrun, type RowCounts, type RunMode, type RunSummary, type Strategy } from '../domain/run.ts';
import { modeOf, nextWatermark, type Instant } from '../domain/window.ts';
import type { JobContext, RunEnd, SalesforcePort, StoredRun, SyncPorts } from './sync-ports.ts';
import { toFailure } from './to-failure.ts';

export interface BeginInput {
  readonly connection: string;
  readonly job: string;
  /** First run id of the job workflow: the same workflow gets the same run back. */
  readonly workflowRunId: string;
  readonly syncId?: string;
  /** `full` reads everything once more. */
  readonly mode?: RunMode;
}

/** A run to go on with, or the summary of one that must not happen. */
export type Begun =
  | { readonly runId: string; readonly object: string; readonly table: string; readonly mode: RunMode }
  | { readonly summary: RunSummary };

export interface Extracted {
  readonly strategy: Strategy;
  /** Bulk: wait for the job. REST: whether page 1 is there to load; page 0 has been loaded. */
  readonly next: 'await-bulk' | 'load-pages' | 'done';
  readonly rowsExpected: number;
}

/** Up to this many rows REST is quicker than a Bulk job's life cycle; ten pages, each a call. Salesforce recommends Bulk from 2,000 rows on. */
const REST_MOST_ROWS = 10_000;
/** Salesforce takes about 16 KB of URI and headers. */
const REST_LONGEST_SOQL = 8_000;
/** Looks at a young Bulk job, before the wait is handed to Temporal: most are done within seconds. */
const QUICK_LOOKS_MS = [50, 150, 300, 500, 1000];
const LATER_LOOK_MS = 5_000;
const HEARTBEAT_MS = 5_000;

export type SyncActivities = ReturnType<typeof createSyncActivities>;

/** Reads describes, from the cache where the org says that nothing changed. */
async function describeAll(ports: SyncPorts, api: SalesforcePort, connectionId: string, objects: readonly string[]) {
  const describes: DescribedObject[] = [];
  let serverNow: Instant | undefined;
  for (const object of objects) {
    const cached = await ports.describeCache.get(connectionId, object);
    const answer = await api.describe(object, cached?.lastModified);
    serverNow ??= answer.serverNow;
    const { lastModified } = answer;
    if (answer.describe) {
      await ports.describeCache.put(connectionId, {
        describe: answer.describe,
        ...(lastModified === undefined ? {} : { lastModified }),
      });
    }
    const describe = answer.describe ?? cached?.describe;
    if (describe) describes.push(describe);
  }
  return { describes, serverNow: serverNow ?? new Date().toISOString() };
}

const lacksObject = (error: unknown): boolean => error instanceof MooringError && error.code === 'SF_OBJECT_UNKNOWN';

/** Describes what dotted paths pass through. Each hop is known once the object before it is; one that is not there is a problem of its mapping. */
async function describeParents(ports: SyncPorts, api: SalesforcePort, context: JobContext, own: DescribedObject) {
  const parents: DescribedObject[] = [];
  const asked = new Set<string>();
  const missing = (): string[] =>
    parentsToDescribe(context.job, [own, ...parents]).filter((object) => !asked.has(object));
  for (let next = missing(); next.length > 0; next = missing()) {
    for (const object of next) {
      asked.add(object);
      try {
        const { describes } = await describeAll(ports, api, context.connectionId, [object]);
        parents.push(...describes);
      } catch (error) {
        if (!lacksObject(error)) throw error;
      }
    }
  }
  return parents;
}

async function beginObjectRun(ports: SyncPorts, input: BeginInput, context: JobContext): Promise<Begun> {
  const { connectionId, job, schema } = context;
  const object = job.source.object ?? '';
  const api = ports.salesforce(connectionId, cancellationSignal());
  let own;
  try {
    own = await describeAll(ports, api, connectionId, [object]);
  } catch (error) {
    if (!lacksObject(error) || job.source.optional !== true) throw error;
    const reason = `The org has no object "${object}" that the authorized user may see.`;
    await ports.setJobStatus(connectionId, job.name, 'unavailable', reason);
    return { summary: unrun(job.name, 'skipped', reason, 'SF_OBJECT_UNKNOWN') };
  }
  await ports.setJobStatus(connectionId, job.name, 'available');
  const [described] = own.describes;
  if (!described) throw new MooringError('SF_OBJECT_UNKNOWN', `The org did not describe "${object}".`);
  const describes = [described, ...(await describeParents(ports, api, context, described))];
  const stampField = ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'].find((name) =>
    described.fields.some((field) => field.name === name),
  );
  const mode = input.mode ?? modeOf(context.watermark, stampField);
  const plan = compileJob({
    job,
    schema,
    companyResolution: context.companyResolution,
    describes,
    columns: await ports.readColumns(schema),
    upsertKeys: new Map(Object.entries(context.upsertKeys)),
    mode,
    ...(context.watermark === undefined ? {} : { from: context.watermark }),
  });
  await ports.ensureTarget(plan);
  const covered =
    described.replicateable && stampField !== undefined
      ? await api.latestDateCovered(described.name, own.serverNow)
      : undefined;
  const run = await ports.runs.begin({
    connectionId,
    job: job.name,
    revision: context.revision,
    workflowRunId: input.workflowRunId,
    ...(input.syncId === undefined ? {} : { syncId: input.syncId }),
    mode,
    plan,
    ...(mode === 'incremental' && context.watermark !== undefined ? { windowFrom: context.watermark } : {}),
    ...(stampField === undefined ? {} : { nextWatermark: nextWatermark(own.serverNow, covered) }),
    apiCalls: api.calls(),
  });
  return { runId: run.runId, object: plan.object, table: plan.table, mode };
}

const planOf = (run: StoredRun) => {
  if (run.plan) return run.plan;
  throw new MooringError('RUN_UNKNOWN', `Run "${run.runId}" of job "${run.job}" has no plan: it reads no rows.`);
};

/** Reads every picklist that the job names; what the job calls optional may be missing. */
async function readPicklists(
  ports: SyncPorts,
  api: SalesforcePort,
  context: JobContext,
): Promise<{ lists: DropdownList[]; named: PicklistPath[] }> {
  const { source } = context.job;
  const required = (source.picklists ?? []).map(parsePicklistPath);
  const optional = (source.optionalPicklists ?? []).map(parsePicklistPath);
  const named = [...required, ...optional];
  const lists: DropdownList[] = [];
  const missing: string[] = [];
  for (const object of new Set(named.map((path) => path.object))) {
    const wanted = named.filter((path) => path.object === object);
    const isRequired = (field: string): boolean =>
      required.some((path) => path.object === object && path.field === field);
    try {
      const { describes } = await describeAll(ports, api, context.connectionId, [object]);
      const found = describes[0] ? dropdownListsOf(describes[0], wanted) : { lists: [], missing: [] };
      lists.push(...found.lists);
      missing.push(...found.missing.filter((path) => isRequired(path.slice(path.indexOf('.') + 1))));
    } catch (error) {
      if (!lacksObject(error)) throw error;
      missing.push(...wanted.filter(({ field }) => isRequired(field)).map(({ field }) => `${object}.${field}`));
    }
  }
  if (missing.length > 0) {
    throw new MooringError(
      'SF_FIELD_UNKNOWN',
      `The org has no picklist ${missing.map((path) => `"${path}"`).join(', ')} that the authorized user may see. Remove it from the job, or name it under optionalPicklists.`,
    );
  }
  return { lists, named };
}

async function bulkState(api: SalesforcePort, run: StoredRun): Promise<{ rows: number } | undefined> {
  const jobId = run.bulkJobId ?? '';
  const info = await api.jobInfo(jobId);
  if (info.state === 'JobComplete') return { rows: info.numberRecordsProcessed ?? 0 };
  if (info.state === 'Failed' || info.state === 'Aborted') {
    const words = info.errorMessage?.replaceAll(/\s+/g, ' ').slice(0, 300);
    throw new MooringError(
      'SF_BULK_JOB_FAILED',
      `Bulk job "${jobId}" of job "${run.job}" ended ${info.state} at Salesforce${words ? `: ${words}` : ''}.`,
    );
  }
  return undefined;
}

/** Tells Temporal every few seconds that we live, which also brings a cancellation here. */
async function alive<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFailure(error);
  }
}

/** What a job's workflow asks for. Results are ids, counts and states; rows, locators and tokens stay outside of event history. */
export const createSyncActivities = (ports: SyncPorts) => ({
  /**
   * Compiles the job against the org and the model, takes a fence and stores the run.
   * Safe to repeat: the same workflow run gets the same run. Costs a describe (304 when unchanged) and one `/updated` call.
   */
  beginRun: (input: BeginInput): Promise<Begun> =>
    named(async () => {
      const context = await ports.jobContext(input.connection, input.job);
      const { connectionId, job } = context;
      if (context.connectionState !== 'active') {
        return {
          summary: unrun(
            job.name,
            'skipped',
            `Connection "${input.connection}" is ${context.connectionState.replaceAll('_', ' ')}.`,
            'CONNECTION_NOT_AUTHORIZED',
          ),
        };
      }
      if (!job.enabled)
        return { summary: unrun(job.name, 'skipped', `Job "${job.name}" is disabled in its configuration.`) };
      const before = await ports.runs.findByWorkflowRun(connectionId, job.name, input.workflowRunId);
      if (before)
        return {
          runId: before.runId,
          object: before.plan?.object ?? 'describe',
          table: job.target.table,
          mode: before.mode,
        };
      if (job.kind !== 'picklist') return beginObjectRun(ports, input, context);
      const run = await ports.runs.begin({
        connectionId,
        job: job.name,
        revision: context.revision,
        workflowRunId: input.workflowRunId,
        ...(input.syncId === undefined ? {} : { syncId: input.syncId }),
        mode: 'full',
        strategy: 'describe',
        apiCalls: 0,
      });
      return { runId: run.runId, object: 'describe', table: job.target.table, mode: 'full' };
    }),

  /**
   * Asks for the rows: small results come by REST and their first page is loaded here, large ones become a Bulk job.
   * Safe to repeat: a loaded page stays as it is; a repeated creation leaves at most an unused Bulk job behind.
   */
  extract: ({ runId }: { readonly runId: string }): Promise<Extracted> =>
    named(() =>
      alive(async () => {
        const run = await ports.runs.get(runId);
        const plan = planOf(run);
        const options = { all: run.mode !== 'full', object: plan.object };
        if (run.bulkJobId !== undefined) return { strategy: 'bulk', next: 'await-bulk', rowsExpected: 0 };
        if ((await ports.runs.page(runId, 0))?.counts) {
          const hasMore = (await ports.runs.page(runId, 1)) !== undefined;
          return { strategy: 'rest', next: hasMore ? 'load-pages' : 'done', rowsExpected: 0 };
        }
        const api = ports.salesforce(run.connectionId, cancellationSignal());
        try {
          const mustBeBulk =
            plan.extract === 'bulk' || (plan.extract === 'auto' && plan.soql.length > REST_LONGEST_SOQL);
          const head = mustBeBulk ? undefined : await api.query(plan.soql, options);
          if (head && (plan.extract === 'rest' || head.totalSize <= REST_MOST_ROWS)) {
            await ports.runs.setStrategy(runId, 'rest', head.totalSize);
            await ports.runs.addPages(runId, ['query']);
            await ports.loadText(run, 0, head);
            return {
              strategy: 'rest',
              next: head.nextLocator === undefined ? 'done' : 'load-pages',
              rowsExpected: head.totalSize,
            };
          }
          const rowsExpected = head?.totalSize ?? 0;
          await ports.runs.setStrategy(runId, 'bulk', rowsExpected);
          await ports.runs.setBulkJob(runId, await api.createJob(plan.soql, options));
          return { strategy: 'bulk', next: 'await-bulk', rowsExpected };
        } finally {
          await ports.runs.countCalls(runId, api.calls());
        }
      }),
    ),

  /**
   * Waits for the Bulk job and lists its result pages. Holds a worker slot for two seconds at most, then lets Temporal call again.
   * Safe to repeat. One call a look, and one for five pages.
   *
   * @throws SF_BULK_JOB_RUNNING until it is complete, SF_BULK_JOB_FAILED when Salesforce gave up
   */
  awaitBulk: ({ runId }: { readonly runId: string }): Promise<{ readonly pages: number }> =>
    named(async () => {
      const run = await ports.runs.get(runId);
      const api = ports.salesforce(run.connectionId, cancellationSignal());
      try {
        const looks = activityInfo().attempt === 1 ? QUICK_LOOKS_MS : [0];
        for (const pauseMs of looks) {
          await delay(pauseMs);
          const complete = await bulkState(api, run);
          if (!complete) continue;
          const pages = await api.resultPages(run.bulkJobId ?? '', complete.rows);
          await ports.runs.addPages(runId, pages);
          return { pages: pages.length };
        }
      } finally {
        await ports.runs.countCalls(runId, api.calls());
      }
      throw new MooringError(
        'SF_BULK_JOB_RUNNING',
        `Bulk job "${run.bulkJobId ?? ''}" is still running at Salesforce.`,
        { retryAfterMs: LATER_LOOK_MS },
      );
    }),

  /**
   * Loads one page in one transaction. Safe to repeat: a page takes effect once, and its first counts are returned to every caller.
   * One API call. `hasNext` says for REST whether the next page is there to be loaded.
   */
  loadPage: ({
    runId,
    page,
  }: {
    readonly runId: string;
    readonly page: number;
  }): Promise<{ readonly counts: RowCounts; readonly hasNext: boolean }> =>
    named(() =>
      alive(async () => {
        const run = await ports.runs.get(runId);
        const plan = planOf(run);
        const stored = await ports.runs.page(runId, page);
        if (!stored) throw new MooringError('RUN_UNKNOWN', `Run "${runId}" has no page ${page}.`);
        const hasNext = async (): Promise<boolean> => (await ports.runs.page(runId, page + 1)) !== undefined;
        if (stored.counts) return { counts: stored.counts, hasNext: await hasNext() };
        if (run.strategy === 'bulk') {
          const { counts, calls } = await ports.loadResultPage(run, page, stored.locator, cancellationSignal());
          await ports.runs.countCalls(runId, calls);
          return { counts, hasNext: await hasNext() };
        }
        const api = ports.salesforce(run.connectionId, cancellationSignal());
        const content = await api.queryMore(stored.locator, plan.object);
        const counts = await ports.loadText(run, page, content);
        await ports.runs.countCalls(runId, api.calls());
        return { counts, hasNext: content.nextLocator !== undefined };
      }),
    ),

  /** Reads the picklists from describe and writes the drop-down lists. Safe to repeat. One describe an object. */
  loadPicklists: ({ connection, runId }: { readonly connection: string; readonly runId: string }): Promise<RowCounts> =>
    named(async () => {
      const run = await ports.runs.get(runId);
      const context = await ports.jobContext(connection, run.job);
      const api = ports.salesforce(run.connectionId, cancellationSignal());
      const { lists, named: paths } = await readPicklists(ports, api, context);
      await ports.runs.addPages(runId, ['describe']);
      const stored = await ports.runs.page(runId, 0);
      const counts = stored?.counts ?? (await ports.loadPicklists(run, context.schema, lists, paths));
      await ports.runs.countCalls(runId, api.calls());
      return counts;
    }),

  /**
   * Ends the run: references, watermark, counts. Safe to repeat: a run that has ended is only read.
   * A Bulk job that is of no use any more is aborted, on a best-effort basis: results expire by themselves after seven days.
   */
  finishRun: ({ runId, end }: { readonly runId: string; readonly end: RunEnd }): Promise<RunSummary> =>
    named(() =>
      alive(async () => {
        const run = await ports.runs.get(runId);
        if (end.status !== 'success' && run.bulkJobId !== undefined) {
          await ports
            .salesforce(run.connectionId)
            .abortJob(run.bulkJobId)
            .catch(() => undefined);
        }
        return ports.finishRun(run, end);
      }),
    ),
});
