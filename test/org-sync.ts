import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createSyncActivities, type SyncActivities } from '../activities/sync.ts';
import { createSyncPorts } from '../adapters/sync-ports.ts';
import { createJobs } from '../adapters/postgres/jobs.ts';
import type { UseSession } from '../adapters/salesforce/http.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import type { JobSpec } from '../domain/job-spec.ts';
import type { RunSummary } from '../domain/run.ts';
import type { ModeChoice } from '../domain/mode-choice.ts';
import type { EmulatorOptions, OrgOptions } from '../emulator/contract.ts';
import { APP, startTestEmulator } from './emulator/test-emulator.ts';
import { connectionSpec } from './jobs.ts';
import { createModelDatabase } from './sync-engine.ts';

export interface OrgSyncOptions {
  readonly org?: Partial<OrgOptions>;
  readonly emulator?: Partial<EmulatorOptions>;
  readonly connection?: Partial<ConnectionSpec>;
  /** Times an activity is tried while its failure says that trying again helps, as Temporal would. Default 1. */
  readonly tries?: number;
}

/** What may happen between the steps of a run. */
export interface Between {
  readonly beforePage?: (page: number) => Promise<void>;
  /** A random number below the given one; Bulk pages are then loaded in any order, some of them twice. */
  readonly shuffle?: (end: number) => number;
}

const DECADES_MS = 20 * 365 * 24 * 3_600_000;

/** The activities of a run on their real adapters, against an emulated org, driven as the job's workflow drives them. */
export async function createOrgSync(jobs: readonly JobSpec[], options: OrgSyncOptions = {}) {
  const {
    control,
    emulator,
    org,
    pool: orgPool,
    token,
  } = await startTestEmulator({
    ...options.emulator,
    // A test moves the org's clock by days; its session goes along.
    orgs: [{ name: 'acme', apps: [APP], sessionTimeoutMs: DECADES_MS, ...options.org }],
  });
  const { pool } = await createModelDatabase();
  const use: UseSession = (_connectionId, work) =>
    work({ accessToken: token, instanceUrl: emulator.url, apiVersion: '62.0' });
  const activities = createSyncActivities(
    createSyncPorts(pool, use, { bulkPageRows: options.emulator?.bulk?.pageRows }),
  );
  const name = 'acme';
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO mooring.connection (name, spec, state, org_id) VALUES ($1, $2, 'active', $3) RETURNING id`,
    [name, JSON.stringify(connectionSpec(name, jobs, options.connection)), org.id],
  );
  const connectionId = rows[0]?.id ?? assert.fail();

  const failures: string[] = [];
  const actOnce = <Name extends keyof SyncActivities>(
    activity: Name,
    input: Parameters<SyncActivities[Name]>[0],
  ): ReturnType<SyncActivities[Name]> => {
    const environment = new MockActivityEnvironment(
      { attempt: 1, scheduledTimestampMs: Date.now() },
      { logger: new DefaultLogger('ERROR') },
    );
    const run = activities[activity] as unknown as (given: unknown) => ReturnType<SyncActivities[Name]>;
    return environment.run(() => run(input)) as ReturnType<SyncActivities[Name]>;
  };

  const act = (async (activity, input) => {
    for (let left = options.tries ?? 1; ; left -= 1) {
      try {
        return await actOnce(activity, input);
      } catch (error) {
        const { type, nonRetryable } = error as { type?: string; nonRetryable?: boolean };
        failures.push(type ?? 'UNKNOWN');
        if (left <= 1 || nonRetryable === true || type === 'SF_BULK_JOB_RUNNING') throw error;
      }
    }
  }) as typeof actOnce;

  async function awaitBulk(runId: string): Promise<number> {
    for (;;) {
      try {
        return (await act('awaitBulk', { runId })).pages;
      } catch (error) {
        if ((error as { type?: string }).type !== 'SF_BULK_JOB_RUNNING') throw error;
      }
    }
  }

  /**
   * Two pages at a time, as two workers would that know nothing of each other: in either order, and sometimes one of them twice. A page whose
   * address nobody knows yet is given back.
   */
  async function loadShuffled(
    runId: string,
    first: number,
    count: number,
    shuffle: (end: number) => number,
  ): Promise<void> {
    let left = Array.from({ length: count }, (_, index) => first + index);
    while (left.length > 0) {
      const taken = left.splice(0, 2);
      if (shuffle(2) === 0) taken.reverse();
      if (shuffle(4) === 0) taken.push(...taken.slice(0, 1));
      const pending = new Set<number>();
      await Promise.all(
        taken.map((page) =>
          act('loadPage', { runId, page }).catch((error: unknown) => {
            const { type } = error as { type?: string };
            if (type === 'SF_PAGE_PENDING') pending.add(page);
            else if (type !== 'SF_PAGE_INCOMPLETE') throw error; // the other one was first
          }),
        ),
      );
      left = [...pending, ...left].sort((a, b) => a - b);
    }
  }

  /** Reads one reading to its end. A forgotten cursor starts it over, as in the workflow. */
  async function read(runId: string, reading: number, { beforePage, shuffle }: Between): Promise<void> {
    try {
      const { next, firstPage } = await act('extract', { runId, reading });
      if (next === 'done') return;
      const pages = next === 'await-bulk' ? await awaitBulk(runId) : undefined;
      if (pages !== undefined && shuffle) {
        await loadShuffled(runId, firstPage, pages, shuffle);
        return;
      }
      for (let page = next === 'await-bulk' ? firstPage : firstPage + 1; ; page += 1) {
        if (pages !== undefined && page >= firstPage + pages) return;
        await beforePage?.(page);
        const { hasNext } = await act('loadPage', { runId, page });
        if (pages === undefined && !hasNext) return;
      }
    } catch (error) {
      if ((error as { type?: string }).type !== 'SF_CURSOR_LOST') throw error;
      await act('restartReading', { runId });
      await read(runId, reading, {});
    }
  }

  return {
    connectionId,
    pool,
    org: { pool: orgPool, schema: org.schema },
    control,
    act,
    emulator,
    /** Codes with which activities failed, in order. */
    failures,
    saveJobs: (changed: readonly JobSpec[]): Promise<void> =>
      createJobs(pool).save(connectionId, connectionSpec(name, changed, options.connection)),

    async run(job: string, choice: ModeChoice = {}, between: Between = {}): Promise<RunSummary> {
      const workflowRunId = randomUUID();
      const begun = await act('beginRun', { connection: name, job, workflowRunId, ...choice });
      if ('summary' in begun) return begun.summary;
      const { runId } = begun;
      if (begun.object === 'describe') await act('loadPicklists', { connection: name, runId });
      for (let reading = 0; reading < begun.readings; reading += 1) await read(runId, reading, between);
      return act('finishRun', { runId, end: { status: 'success' } });
    },

    /** Changes the org's rows; tables are found without their schema. */
    change: (sql: string, parameters: readonly unknown[] = []): Promise<unknown> =>
      control('POST', '/orgs/acme/mutate', { statements: [{ sql, parameters }] }),

    advance: (minutes: number): Promise<unknown> =>
      control('POST', '/orgs/acme/clock', { advanceMs: minutes * 60_000 }),

    rows: async (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
      (await pool.query<Record<string, unknown>>(sql, [...values])).rows,
  };
}

export type OrgSync = Awaited<ReturnType<typeof createOrgSync>>;
