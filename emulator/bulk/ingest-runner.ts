import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { orgSeenBy } from '../access.ts';
import { ApiError } from '../api-error.ts';
import { MESSAGES } from '../error-strings.ts';
import { orgNow } from '../oauth/people.ts';
import { findObject, type Orgs } from '../org.ts';
import { asUser } from '../records/as-user.ts';
import {
  assertBatchFields,
  bodyOfCsv,
  changeRecords,
  RECORDS_PER_TRANSACTION,
  upsertKey,
} from '../records/bulk-change.ts';
import { errorText, type SaveResult } from '../records/save-result.ts';
import type { Background } from './background.ts';
import type { IngestJob, IngestStore } from './ingest-store.ts';
import { DELIMITERS, LINE_ENDINGS } from './job.ts';
import { csvLine, parseCsv } from './parse-csv.ts';

interface IngestDeps {
  readonly pool: Pool;
  readonly orgs: Orgs;
  readonly store: IngestStore;
  readonly background: Background;
  readonly processingDelayMs: number;
}

/** Texts of the three lists that a job ends with. */
interface Lists {
  readonly successful: string[];
  readonly failed: string[];
}

/** Works through uploaded CSVs in the background, some hundred records per transaction. */
export function createIngestRunner({ pool, orgs, store, background, processingDelayMs }: IngestDeps): {
  readonly start: (job: IngestJob) => void;
} {
  const process = async (job: IngestJob, signal: AbortSignal): Promise<void> => {
    const whole = orgs.get(job.orgId);
    if (whole === undefined) return;
    const org = orgSeenBy(whole, job.userId);
    const now = (): Promise<Date> => orgNow(pool, org);
    const started = performance.now();
    if (processingDelayMs > 0) await delay(processingDelayMs, undefined, { signal });
    if (!(await store.change(job.id, ['UploadComplete', 'InProgress'], { state: 'InProgress', at: await now() })))
      return;

    const [delimiter, lineEnding] = [DELIMITERS[job.columnDelimiter], LINE_ENDINGS[job.lineEnding]];
    const line = (values: readonly string[]): string => csvLine(values, delimiter, lineEnding);
    const object = findObject(org, job.object);
    if (object === undefined) throw new ApiError(400, 'InvalidJob', MESSAGES.noSuchType(job.object));
    const key = upsertKey(object, job.operation, job.externalIdFieldName ?? undefined);
    const change = { org, object, kind: job.operation, key };
    const [header = [], ...records] = parseCsv((await store.part(job.id, 'upload')) ?? '', delimiter);
    assertBatchFields(change, header);
    const lists: Lists = {
      successful: [line(['sf__Id', 'sf__Created', ...header])],
      failed: [line(['sf__Id', 'sf__Error', ...header])],
    };
    const note = (result: SaveResult, values: readonly string[]): void => {
      if (result.success) {
        lists.successful.push(line([result.id ?? '', String(result.created ?? false), ...values]));
        return;
      }
      lists.failed.push(line([result.id ?? '', errorText(result), ...values]));
    };

    let next = 0;
    for (; next < records.length && !signal.aborted; next += RECORDS_PER_TRANSACTION) {
      const chunk = records.slice(next, next + RECORDS_PER_TRANSACTION);
      const results = await asUser(pool, { userId: job.userId }, (client) =>
        changeRecords(
          client,
          change,
          chunk.map((values) => bodyOfCsv(header, values)),
        ),
      );
      for (const [index, result] of results.entries()) note(result, chunk[index] ?? []);
      const counts = { processed: next + chunk.length, failed: lists.failed.length - 1, at: await now() };
      if (!(await store.change(job.id, ['InProgress'], counts))) break; // aborted
    }
    const parts = {
      successful: lists.successful.join(''),
      failed_rows: lists.failed.join(''),
      unprocessed: [header, ...records.slice(next + RECORDS_PER_TRANSACTION)].map(line).join(''),
    };
    const processingMs = Math.round(performance.now() - started);
    const at = await now();
    await store.change(job.id, ['Aborted'], { parts, processingMs, at });
    if (signal.aborted) return; // the next start says how it ended
    const all = { ...parts, unprocessed: line(header) };
    await store.change(job.id, ['InProgress'], { state: 'JobComplete', parts: all, processingMs, at });
  };

  const fail = async (job: IngestJob, errorMessage: string): Promise<void> => {
    const org = orgs.get(job.orgId);
    if (org === undefined) return;
    const at = await orgNow(pool, org);
    await store.change(job.id, ['UploadComplete', 'InProgress'], { state: 'Failed', errorMessage, at });
  };

  return {
    start: (job) => {
      background.start(async (signal) => {
        try {
          await process(job, signal);
        } catch (error) {
          if (signal.aborted) throw error; // the next start says how it ended
          await fail(job, error instanceof ApiError ? `${error.entry.errorCode} : ${error.message}` : MESSAGES.broken);
          if (!(error instanceof ApiError)) throw error;
        }
      });
    },
  };
}
