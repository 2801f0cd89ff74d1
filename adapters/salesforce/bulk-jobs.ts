import { Connection } from 'jsforce';
import type { BulkJobInfo } from '../../activities/sync-ports.ts';
import type { ApiUsage } from '../../domain/api-budget.ts';
import { MooringError } from '../../domain/errors.ts';
import { namedNetworkError, type UseSession } from './http.ts';
import { vendorError } from './vendor-errors.ts';

interface BulkDeps {
  readonly count: () => void;
  readonly noteUsage: (usage: ApiUsage) => void;
  /** Rows of a result page at most. */
  readonly pageRows: number;
}

/** What Salesforce says of a job; the version is a number, as 62. */
type JobReply = BulkJobInfo & { readonly apiVersion?: number };

const RESULTS = (apiVersion: string, jobId: string): string =>
  `/services/data/v${apiVersion}/jobs/query/${jobId}/results`;

/** Of few pages the two that load at a time end far apart, and a row finds fewer of those that it refers to: they came in the same page or later. */
const FEWEST_PAGES = 4;
const FEWEST_PAGE_ROWS = 12_500;

/** Rows of a page, so that a result of some size comes in four pages or more. */
const pageRowsOf = (rows: number, most: number): number =>
  rows === 0 ? most : Math.min(most, Math.max(FEWEST_PAGE_ROWS, Math.ceil(rows / FEWEST_PAGES)));

/**
 * Bulk API 2.0 query jobs.
 *
 * Creating, checking and aborting go through jsforce. Its `bulk2.query` is not used: it ends the process on a second result page and keeps a
 * page in memory as a whole (measured on 3.10.16).
 */
export function createBulkJobs(use: UseSession, connectionId: string, { count, noteUsage, pageRows }: BulkDeps) {
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

    /**
     * Says how far a job is, and of a complete one where its result begins. Results are asked for by the API version of the job, and in pages of a size of
     * ours: a retry repeats a whole page. How many there will be is only expected: Salesforce may send fewer rows than it is asked for.
     *
     * @param halfPages - pages of half as many rows, for rows that become several of ours
     * @throws SF_CURSOR_LOST when the org no longer has the job
     */
    async jobInfo(jobId: string, { halfPages = false } = {}): Promise<BulkJobInfo> {
      const doing = `Checking Bulk job ${jobId}`;
      const { apiVersion, ...info } = await call<JobReply>(doing, 'GET', `/${jobId}`).catch(lostJob);
      if (info.state !== 'JobComplete') return info;
      const version =
        apiVersion?.toFixed(1) ?? (await use(connectionId, (session) => Promise.resolve(session.apiVersion)));
      const processed = info.numberRecordsProcessed ?? 0;
      const rows = pageRowsOf(processed, halfPages ? Math.ceil(pageRows / 2) : pageRows);
      const pages = Math.max(1, Math.ceil(processed / rows));
      return { ...info, result: { locator: `${RESULTS(version, jobId)}?maxRecords=${rows}`, pages } };
    },

    /** Ends a job that is still running; one that has ended already is left as it is. */
    async abortJob(jobId: string): Promise<void> {
      try {
        await call(`Aborting Bulk job ${jobId}`, 'PATCH', `/${jobId}`, { state: 'Aborted' });
      } catch (error) {
        const isOver = error instanceof MooringError && ['SF_QUERY_REFUSED', 'SF_OBJECT_UNKNOWN'].includes(error.code);
        if (!isOver) throw error;
      }
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

/** Where the page behind this one is, by the header `Sforce-Locator`; undefined on the last. */
export function nextPagePath(path: string, locator: string | undefined): string | undefined {
  if (locator === undefined || locator === 'null') return undefined;
  const [address = '', query = ''] = path.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('locator', locator);
  return `${address}?${parameters.toString()}`;
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
