import { Connection } from 'jsforce';
import type { BulkJobInfo } from '../../activities/sync-ports.ts';
import type { ApiUsage } from '../../domain/api-budget.ts';
import { MooringError } from '../../domain/errors.ts';
import { header, namedNetworkError, type HttpCall, type HttpReply, type Session, type UseSession } from './http.ts';
import { bodyText } from './read-body.ts';
import { vendorError } from './vendor-errors.ts';

interface BulkDeps {
  readonly count: () => void;
  readonly noteUsage: (usage: ApiUsage) => void;
  readonly send: (call: (session: Session) => HttpCall) => Promise<HttpReply>;
}

/** Above this many rows a result page is walked with `maxRecords` instead of being taken as Salesforce cuts it: a retry repeats a whole page. */
const MOST_ROWS_OF_A_PAGE = 250_000;
const WALKED_PAGE_ROWS = 100_000;

/**
 * Bulk API 2.0 query jobs.
 *
 * Creating, checking and aborting go through jsforce. Its `bulk2.query` is not used: it ends the process on a second result page and keeps a
 * page in memory as a whole (measured on 3.10.16).
 */
export function createBulkJobs(use: UseSession, connectionId: string, { count, noteUsage, send }: BulkDeps) {
  const call = <T>(doing: string, method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<T> =>
    use(connectionId, async (session) => {
      count();
      const connection = new Connection({
        instanceUrl: session.instanceUrl,
        accessToken: session.accessToken,
        version: session.apiVersion,
      });
      try {
        return await connection.request<T>(
          {
            method,
            url: `/jobs/query${path}`,
            ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
          },
          // Temporal decides about retries.
          { retry: { maxRetries: 0 } },
        );
      } catch (error) {
        throw namedJsforceError(error, doing);
      } finally {
        const said = connection.limitInfo.apiUsage;
        if (said) noteUsage({ used: said.used, allowed: said.limit });
      }
    });

  return {
    /** Creates a query job and returns its id. */
    async createJob(soql: string, { all, object }: { all: boolean; object: string }): Promise<string> {
      const job = await call<{ id: string }>(`Creating a Bulk job for ${object}`, 'POST', '', {
        operation: all ? 'queryAll' : 'query',
        query: soql,
        contentType: 'CSV',
        columnDelimiter: 'COMMA',
        lineEnding: 'LF',
      });
      return job.id;
    },

    /** @throws SF_CURSOR_LOST when the org no longer has the job */
    jobInfo: (jobId: string): Promise<BulkJobInfo> =>
      call<BulkJobInfo>(`Checking Bulk job ${jobId}`, 'GET', `/${jobId}`).catch(lostJob),

    /** Ends a job that is still running; one that has ended already is left as it is. */
    async abortJob(jobId: string): Promise<void> {
      try {
        await call(`Aborting Bulk job ${jobId}`, 'PATCH', `/${jobId}`, { state: 'Aborted' });
      } catch (error) {
        const isOver = error instanceof MooringError && ['SF_QUERY_REFUSED', 'SF_OBJECT_UNKNOWN'].includes(error.code);
        if (!isOver) throw error;
      }
    },

    /** Returns the paths of all result pages of a completed job, in order. @throws SF_CURSOR_LOST when the org no longer has it */
    async resultPages(jobId: string, rows: number): Promise<string[]> {
      const paths = await parallelPages(send, jobId).catch(lostJob);
      if (paths.length > 0 && rows / paths.length <= MOST_ROWS_OF_A_PAGE) return paths;
      return walkPages(send, jobId).catch(lostJob);
    },
  };
}

/** What the org answers when a job or locator has expired, was deleted, or belongs to another API version: nothing that asking again would cure. */
const GONE: ReadonlySet<string> = new Set(['SF_OBJECT_UNKNOWN', 'SF_QUERY_REFUSED', 'SF_CURSOR_LOST']);

/** Rethrows what went wrong with a job that was there before; that it is gone means that the reading has to start over. */
export function lostJob(error: unknown): never {
  if (!(error instanceof MooringError) || !GONE.has(error.code)) throw error;
  throw new MooringError('SF_CURSOR_LOST', error.message, { cause: error });
}

/** `resultPages` tells every locator up front, five at a time (API 58 and later). */
async function parallelPages(send: BulkDeps['send'], jobId: string): Promise<string[]> {
  const doing = `Listing the result pages of Bulk job ${jobId}`;
  const paths: string[] = [];
  let next: string | undefined;
  do {
    const at = next;
    const reply = await send((session) => ({
      path: at ?? `/services/data/v${session.apiVersion}/jobs/query/${jobId}/resultPages`,
      doing,
    }));
    const answer = JSON.parse(await bodyText(reply, doing)) as {
      resultPages: { resultUrl: string }[];
      done: boolean;
      // The documentation's table and its example disagree about the name.
      nextRecordsUrl?: string;
      nextRecordUrl?: string;
    };
    paths.push(...answer.resultPages.map(({ resultUrl }) => resultUrl));
    next = answer.done ? undefined : (answer.nextRecordsUrl ?? answer.nextRecordUrl);
  } while (next !== undefined);
  return paths;
}

/** Pages of a size we choose: each answer's header names the next. Only headers are read; the bodies are read when they are loaded. */
async function walkPages(send: BulkDeps['send'], jobId: string): Promise<string[]> {
  const doing = `Walking the result pages of Bulk job ${jobId}`;
  const paths: string[] = [];
  let locator: string | undefined;
  do {
    const query = `maxRecords=${WALKED_PAGE_ROWS}${locator === undefined ? '' : `&locator=${encodeURIComponent(locator)}`}`;
    let path = '';
    const reply = await send((session) => {
      path = `/services/data/v${session.apiVersion}/jobs/query/${jobId}/results?${query}`;
      return { path, doing, headers: { accept: 'text/csv', 'accept-encoding': 'gzip' } };
    });
    reply.body.on('error', () => undefined).destroy();
    paths.push(path);
    locator = header(reply, 'sforce-locator');
  } while (locator !== undefined && locator !== 'null');
  return paths;
}

/** jsforce tells Salesforce's code in `errorCode` (or the error's name) and no status. */
function namedJsforceError(error: unknown, doing: string): unknown {
  if (!(error instanceof Error)) return error;
  const errorCode = 'errorCode' in error && typeof error.errorCode === 'string' ? error.errorCode : undefined;
  if (errorCode !== undefined) {
    const http = /^ERROR_HTTP_(\d+)$/.exec(errorCode)?.[1];
    return vendorError(
      http === undefined ? { errorCode, message: error.message } : { status: Number(http), message: error.message },
      doing,
    );
  }
  const cause = 'code' in error ? error : error.cause;
  return namedNetworkError(cause ?? error, doing) === cause ? error : namedNetworkError(cause ?? error, doing);
}
