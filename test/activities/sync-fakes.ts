import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { JobContext, NewRun, SalesforcePort, StoredRun, SyncPorts } from '../../activities/sync-ports.ts';
import { createSyncActivities, type SyncActivities } from '../../activities/sync.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { NO_ROWS, unrun, type RowCounts } from '../../domain/run.ts';
import { ACCOUNT } from '../describes.ts';
import { catalogJob } from '../jobs.ts';
import { at } from '../pages.ts';

/** Runs and pages in memory, by the rules of adapters/postgres/runs.ts. */
function memoryRuns() {
  const stored = new Map<string, StoredRun & { readonly workflowRunId: string }>();
  const pages = new Map<string, { locator: string; counts?: RowCounts }>();
  const change = (runId: string, rest: Partial<StoredRun>): void => {
    const run = stored.get(runId);
    if (run) stored.set(runId, { ...run, ...rest });
  };
  const moveBehind = (runId: string, reading: number): void => {
    const run = stored.get(runId) ?? assert.fail();
    const { strategy: _, bulkJobId: __, ...rest } = run;
    const numbers = [...pages.keys()]
      .filter((key) => key.startsWith(`${runId}/`))
      .map((key) => Number(key.split('/')[1]));
    stored.set(runId, { ...rest, reading, firstPage: Math.max(-1, ...numbers) + 1 });
  };
  const byWorkflow = (workflowRunId: string) => [...stored.values()].find((run) => run.workflowRunId === workflowRunId);
  const runs: SyncPorts['runs'] = {
    begin: async (run: NewRun) => {
      const before = byWorkflow(run.workflowRunId);
      if (before) return before;
      const runId = `run-${stored.size + 1}`;
      const began = { status: 'running', startedAt: at(0), reading: 0, firstPage: 0 } as const;
      stored.set(runId, { ...run, ...began, runId, fence: String(stored.size + 1) });
      return stored.get(runId) ?? assert.fail();
    },
    findByWorkflowRun: async (_connectionId, _job, workflowRunId) => byWorkflow(workflowRunId),
    get: async (runId) => stored.get(runId) ?? assert.fail(`there is no run "${runId}"`),
    page: async (runId, page) => pages.get(`${runId}/${page}`),
    setStrategy: async (runId, strategy, rowsExpected) => change(runId, { strategy, rowsExpected }),
    setBulkJob: async (runId, bulkJobId) => change(runId, { bulkJobId }),
    startReading: async (runId, reading) => {
      const run = stored.get(runId);
      if (run && run.reading < reading) moveBehind(runId, reading);
      return stored.get(runId) ?? assert.fail(`there is no run "${runId}"`);
    },
    restartReading: async (runId) => {
      for (const [key, page] of pages) if (key.startsWith(`${runId}/`) && !page.counts) pages.delete(key);
      moveBehind(runId, stored.get(runId)?.reading ?? 0);
    },
    addPages: async (runId, locators, first) => {
      for (const [index, locator] of locators.entries()) {
        const key = `${runId}/${first + index}`;
        if (pages.get(key)?.counts === undefined) pages.set(key, { locator });
      }
    },
    addBulkPage: async ({ runId, bulkJobId }, page, locator) => {
      const key = `${runId}/${page}`;
      if (stored.get(runId)?.bulkJobId === bulkJobId && !pages.has(key)) pages.set(key, { locator });
    },
    lastPaths: async () => undefined,
    openRejects: async () => [],
    countCalls: async (runId, calls) => change(runId, { apiCalls: (stored.get(runId)?.apiCalls ?? 0) + calls }),
  };
  const load = (runId: string, page: number, read: number): RowCounts => {
    const counts = { ...NO_ROWS, read, inserted: read };
    pages.set(`${runId}/${page}`, { locator: pages.get(`${runId}/${page}`)?.locator ?? '', counts });
    return counts;
  };
  return { runs, stored, pages, load };
}

const unexpected = (name: string) => (): never => assert.fail(`${name} was not to be called`);

/** An org that answers nothing but what is given, and counts the calls. */
export function orgOf(answers: Partial<SalesforcePort>): SalesforcePort {
  let calls = 0;
  const counted = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      (...given: unknown[]): unknown => {
        calls += 1;
        return (answer as (...all: unknown[]) => unknown)(...given);
      },
    ]),
  );
  const names = [
    'describe',
    'latestDateCovered',
    'query',
    'queryMore',
    'createJob',
    'jobInfo',
    'abortJob',
    'openResultPage',
  ];
  return {
    ...Object.fromEntries(names.map((name) => [name, unexpected(name)])),
    ...counted,
    calls: () => calls,
    usage: () => undefined,
  } as SalesforcePort;
}

export const CONTEXT: JobContext = {
  ...{ connectionId: 'c1', connectionState: 'active', schema: 'model', companyResolution: [], revision: 1 },
  job: catalogJob('company-sync'),
  upsertKeys: { company: ['sfdc_account_id'] },
};

/** The org of the most usual answers: an Account that has not changed for long. */
export const usualOrg = (rest: Partial<SalesforcePort> = {}): SalesforcePort =>
  orgOf({
    describe: async () => ({ describe: ACCOUNT, serverNow: at(0) }),
    latestDateCovered: async () => at(0),
    recordCount: async () => 0,
    ...rest,
  });

export interface FakeChoice {
  readonly org?: SalesforcePort;
  readonly context?: Partial<JobContext>;
  readonly ports?: Partial<SyncPorts>;
}

/** The activities on functions in memory. `run` runs one as Temporal would, with the given attempt. */
export function fakeSync({ org = usualOrg(), context = {}, ports = {} }: FakeChoice = {}) {
  const memory = memoryRuns();
  const log: string[] = [];
  const scheduledTimestampMs = Date.now();
  const all: SyncPorts = {
    jobContext: async () => ({ ...CONTEXT, ...context }),
    setJobStatus: async (_connectionId, job, status, reason) =>
      void log.push([job, status, reason ?? ''].join(' ').trim()),
    describeCache: { get: async () => undefined, put: async () => undefined },
    readColumns: async () => new Map([['company.sfdc_account_id', 'text']]),
    ensureTarget: async () => [],
    runs: memory.runs,
    budget: { assertLeft: async () => undefined, note: async () => undefined },
    withLease: (_connectionId, work) => work(),
    // Each activity counts its own calls.
    salesforce: () => {
      const before = org.calls();
      return { ...org, calls: () => org.calls() - before };
    },
    loadText: async (run, page, { totalSize, nextLocator }) => {
      if (nextLocator !== undefined) await memory.runs.addPages(run.runId, [nextLocator], page + 1);
      log.push(`loaded ${page}`);
      return memory.load(run.runId, page, totalSize);
    },
    loadCsv: async (run, page, open) => {
      log.push(`streamed ${await text((await open()).bytes)}`);
      return memory.load(run.runId, page, 10);
    },
    loadPicklists: async (run) => memory.load(run.runId, 0, 3),
    sweep: async () => undefined,
    finishRun: async (run, end) => ({
      ...unrun(run.job, 'failed', end.errorMessage ?? ''),
      status: end.status,
    }),
    ...ports,
  };
  const activities = createSyncActivities(all);
  const run = <Name extends keyof SyncActivities>(
    name: Name,
    input: Parameters<SyncActivities[Name]>[0],
    attempt = 1,
  ): ReturnType<SyncActivities[Name]> => {
    // Failures are what the tests ask for; the SDK would log each of them.
    const environment = new MockActivityEnvironment(
      { attempt, scheduledTimestampMs },
      { logger: new DefaultLogger('ERROR') },
    );
    const activity = activities[name] as unknown as (given: unknown) => ReturnType<SyncActivities[Name]>;
    return environment.run(() => activity(input)) as ReturnType<SyncActivities[Name]>;
  };
  const begin = async (): Promise<string> => {
    const begun = await run('beginRun', { connection: 'acme', job: 'company-sync', workflowRunId: 'w1' });
    return 'runId' in begun ? begun.runId : assert.fail(begun.summary.reason);
  };
  return { run, begin, log, org, ...memory };
}

/** For `assert.rejects`: a failure of this type, and whether Temporal tries again. */
export const failsWith =
  (type: ErrorCode, { retried = false, after }: { retried?: boolean; after?: number } = {}) =>
  (error: unknown): true => {
    assert.ok(error instanceof ApplicationFailure, String(error));
    assert.deepEqual([error.type, error.nonRetryable], [type, !retried], error.message);
    assert.deepEqual(
      [error.nextRetryDelay, error.category],
      after === undefined ? [undefined, error.category] : [after, 'BENIGN'],
    );
    return true;
  };
