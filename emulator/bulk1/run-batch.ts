import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { orgSeenBy } from '../access.ts';
import { ApiError } from '../api-error.ts';
import { writeResult } from '../bulk/result-file.ts';
import type { BulkOptions } from '../contract.ts';
import { MESSAGES } from '../error-strings.ts';
import { orgNow } from '../oauth/people.ts';
import { findObject, type Org } from '../org.ts';
import { asUser } from '../records/as-user.ts';
import { changeRecords, RECORDS_PER_TRANSACTION, upsertKey, type BulkChangeKind } from '../records/bulk-change.ts';
import type { SaveResult } from '../records/save-result.ts';
import type { AsyncBatch, AsyncJob } from './async-job.ts';
import type { AsyncStore } from './async-store.ts';
import { batchCopySql, batchHeader, compileBatchQuery } from './batch-query.ts';
import { batchRecords } from './batch-records.ts';
import { chunkQueries } from './pk-chunking.ts';

export interface RunBatchDeps {
  readonly pool: Pool;
  readonly store: AsyncStore;
  /** Folder of all results. */
  readonly dataDir: string;
  readonly options: BulkOptions;
}

/** A batch at work, in the org as the job's user sees it. */
export interface BatchWork {
  readonly org: Org;
  readonly job: AsyncJob;
  readonly batch: AsyncBatch;
  readonly signal: AbortSignal;
}

export const batchFolder = (dataDir: string, batchId: string): string => join(dataDir, batchId);

/** Writes a batch's result to its folder. A COPY that is cut off by the signal takes its database session along. */
async function copyResult({ pool, dataDir, options }: RunBatchDeps, work: BatchWork, soql: string): Promise<number> {
  const { org, job, batch, signal } = work;
  const compiled = compileBatchQuery(org, job, soql, await orgNow(pool, org));
  const client = await pool.connect();
  const records = client.query(copyTo(batchCopySql(compiled, job.contentType, job.apiVersion)));
  const cut = (): void => void records.destroy(new Error('The job was aborted.'));
  signal.addEventListener('abort', cut);
  try {
    const { rows } = await writeResult({
      folder: batchFolder(dataDir, batch.id),
      header: job.contentType === 'CSV' ? batchHeader(compiled) : '',
      records: records as AsyncIterable<Buffer>,
      lineEnding: 'LF',
      memberRows: options.memberRows,
      form: job.contentType === 'CSV' ? 'csv' : 'lines',
    });
    client.release();
    return rows;
  } catch (error) {
    client.release(true);
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

async function runQuery(deps: RunBatchDeps, work: BatchWork, started: number): Promise<void> {
  const { store, pool, options } = deps;
  const { org, batch } = work;
  const rows = await copyResult(deps, work, await store.request(batch.id)).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.entry.errorCode === 'InvalidBatch') throw error;
    const { errorCode, message } = error.entry;
    throw new ApiError(400, 'InvalidBatch', MESSAGES.queryFailed(`${errorCode}: ${message}`));
  });
  const resultIds: string[] = [];
  // An org splits what is long; here it is as long as a page of Bulk API 2.0. Nothing found is a result too.
  for (let row = 0; row === 0 || row < rows; row += options.pageRows) resultIds.push(await store.newId('752'));
  const change = {
    state: 'Completed',
    processed: rows,
    processingMs: Math.round(performance.now() - started),
  } as const;
  await store.changeBatch(batch.id, ['InProgress'], { ...change, resultIds, at: await orgNow(pool, org) });
}

async function runChange({ pool, store }: RunBatchDeps, work: BatchWork, started: number): Promise<void> {
  const { org, job, batch, signal } = work;
  const object = findObject(org, job.object);
  if (object === undefined) throw new ApiError(400, 'InvalidJob', MESSAGES.noSuchEntity(job.object));
  const kind = job.operation as BulkChangeKind;
  const change = { org, object, kind, key: upsertKey(object, kind, job.externalIdFieldName ?? undefined) };
  const bodies = batchRecords(job.contentType, await store.request(batch.id), change);
  const results: SaveResult[] = [];
  for (let next = 0; next < bodies.length; next += RECORDS_PER_TRANSACTION) {
    if (signal.aborted) return;
    const chunk = bodies.slice(next, next + RECORDS_PER_TRANSACTION);
    results.push(...(await asUser(pool, { userId: job.userId }, (client) => changeRecords(client, change, chunk))));
    const failed = results.filter((result) => !result.success).length;
    const counts = { processed: results.length, failed, at: await orgNow(pool, org) };
    if (!(await store.changeBatch(batch.id, ['InProgress'], counts))) return; // aborted
  }
  const processingMs = Math.round(performance.now() - started);
  const at = await orgNow(pool, org);
  await store.changeBatch(batch.id, ['InProgress'], { state: 'Completed', results, processingMs, at });
}

/**
 * Works on a batch to its end. Records change some hundred per transaction, a query is read in one statement.
 *
 * @throws ApiError whose code and message are why the batch failed
 */
export async function runBatch(deps: RunBatchDeps, work: BatchWork): Promise<void> {
  const started = performance.now();
  const org = orgSeenBy(work.org, work.job.userId);
  const isChange = work.job.operation !== 'query' && work.job.operation !== 'queryAll';
  await (isChange ? runChange : runQuery)(deps, { ...work, org }, started);
}

/** Cuts the query of a batch into chunks, adds a batch for each, and returns them; the batch itself is never worked on. */
export async function splitBatch(deps: RunBatchDeps, { org, job, batch }: BatchWork): Promise<AsyncBatch[]> {
  const { pool, store } = deps;
  if (job.pkChunking === null) return [];
  const at = await orgNow(pool, org);
  const soql = await store.request(batch.id);
  const compiled = compileBatchQuery(orgSeenBy(org, job.userId), job, soql, at);
  const chunks = await chunkQueries(pool, org, { soql, compiled, chunking: job.pkChunking });
  if (!(await store.changeBatch(batch.id, ['Queued'], { state: 'NotProcessed', at }))) return [];
  const added: AsyncBatch[] = [];
  for (const chunk of chunks) {
    const one: AsyncBatch = { ...batch, id: await store.newId('751'), createdAt: at, modifiedAt: at };
    await store.addBatch(one, chunk);
    added.push(one);
  }
  return added;
}

/** Removes what a batch left on disk. */
export const forgetResult = (dataDir: string, batchId: string): Promise<void> =>
  rm(batchFolder(dataDir, batchId), { recursive: true, force: true });
