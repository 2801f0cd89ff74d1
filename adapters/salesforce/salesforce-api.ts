import { pipeline } from 'node:stream';
import type { QueryPage, ResultPage } from '../../activities/sync-ports.ts';
import { readLimitInfo, type ApiUsage } from '../../domain/api-budget.ts';
import { trimDescribe, type DescribedObject } from '../../domain/describe.ts';
import type { Instant } from '../../domain/window.ts';
import { createBulkJobs, lostJob, nextPagePath } from './bulk-jobs.ts';
import { get, header, post, type HttpCall, type HttpReply, type Session, type UseSession } from './http.ts';
import { answerInBody, LONGEST_ADDRESS, queryInBody } from './query-in-body.ts';
import { bodyText, HeaderCheck, unpacked } from './read-body.ts';

/** Rows of a REST page, the most that Salesforce grants. */
const BATCH_SIZE = 2000;

/** Rows of a Bulk result page: some twenty megabytes, loaded within seconds, and as many are read again when it fails. */
const BULK_PAGE_ROWS = 50_000;

export interface SalesforceApiOptions {
  /** Ends the calls of an activity. */
  readonly signal?: AbortSignal | undefined;
  /** Rows of a Bulk result page. */
  readonly bulkPageRows?: number | undefined;
}

/** Reads `totalSize`, `done` and `nextRecordsUrl`, which stand before the records; only an answer in another order is parsed whole. */
export function readQueryHead(text: string): { totalSize: number; nextLocator?: string } {
  const at = text.indexOf('"records"');
  const head = at < 0 ? text : text.slice(0, at);
  const total = /"totalSize"\s*:\s*(\d+)/.exec(head)?.[1];
  const done = /"done"\s*:\s*(true|false)/.exec(head)?.[1];
  const next = /"nextRecordsUrl"\s*:\s*"([^"]+)"/.exec(head)?.[1];
  if (total !== undefined && (done === 'true' || next !== undefined)) {
    return { totalSize: Number(total), ...(done === 'false' && next !== undefined ? { nextLocator: next } : {}) };
  }
  const parsed = JSON.parse(text) as { totalSize: number; done: boolean; nextRecordsUrl?: string };
  return {
    totalSize: parsed.totalSize,
    ...(!parsed.done && parsed.nextRecordsUrl !== undefined ? { nextLocator: parsed.nextRecordsUrl } : {}),
  };
}

/**
 * The calls that reading an org takes, for one connection and one activity. Every one is a read and safe to repeat, but for `createJob`,
 * whose repetition leaves an unused job behind. `calls()` counts what Salesforce counts.
 */
export function createSalesforceApi(
  use: UseSession,
  connectionId: string,
  { signal, bulkPageRows = BULK_PAGE_ROWS }: SalesforceApiOptions = {},
) {
  let calls = 0;
  let usage: ApiUsage | undefined;
  const exchange = (request: (session: Session) => Promise<HttpReply>): Promise<HttpReply> =>
    use(connectionId, async (session) => {
      calls += 1;
      const reply = await request(session);
      usage = readLimitInfo(header(reply, 'sforce-limit-info')) ?? usage;
      return reply;
    });
  const send = (call: (session: Session) => HttpCall): Promise<HttpReply> =>
    exchange((session) => get(session, { ...call(session), signal }));
  const data = (session: Session, path: string): string => `/services/data/v${session.apiVersion}${path}`;

  const queryPage = async (doing: string, path: (session: Session) => string): Promise<QueryPage> => {
    const reply = await send((session) => ({
      path: path(session),
      doing,
      headers: { 'accept-encoding': 'gzip', 'sforce-query-options': `batchSize=${BATCH_SIZE}` },
    }));
    const text = await bodyText(reply, doing);
    return { text, ...readQueryHead(text) };
  };

  /** The same for a statement that no address can hold. Pages have 2,000 rows of themselves. */
  const longQueryPage = async (doing: string, address: string): Promise<QueryPage> => {
    const reply = await exchange((session) => {
      const call = { path: data(session, '/composite'), doing, headers: { 'accept-encoding': 'gzip' }, signal };
      return post(session, call, queryInBody(data(session, address)));
    });
    const text = answerInBody(await bodyText(reply, doing), doing);
    return { text, ...readQueryHead(text) };
  };

  return {
    calls: (): number => calls,
    /** What the org said last of its daily calls. */
    usage: (): ApiUsage | undefined => usage,

    /**
     * Describes an object, or says that it has not changed since `lastModified`.
     *
     * @returns the org's clock too, since windows are cut by it and not by ours
     * @throws SF_OBJECT_UNKNOWN when the org has no such object that the user may see
     */
    async describe(
      object: string,
      lastModified?: string,
    ): Promise<{ describe?: DescribedObject; lastModified?: string; serverNow: Instant }> {
      const doing = `Describing ${object}`;
      const reply = await send((session) => ({
        path: data(session, `/sobjects/${encodeURIComponent(object)}/describe`),
        doing,
        headers: {
          'accept-encoding': 'gzip',
          ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
        },
      }));
      const text = await bodyText(reply, doing);
      const modified = header(reply, 'last-modified');
      return {
        ...(reply.status === 304 ? {} : { describe: trimDescribe(JSON.parse(text) as DescribedObject) }),
        ...(modified === undefined ? {} : { lastModified: modified }),
        serverNow: new Date(Date.parse(header(reply, 'date') ?? '') || Date.now()).toISOString(),
      };
    },

    /** Up to when changes of the object are complete; absent for objects that are not replicateable. One call. */
    async latestDateCovered(object: string, serverNow: Instant): Promise<Instant> {
      const doing = `Asking how far the changes of ${object} are complete`;
      // Salesforce refuses a window of less than a minute and ignores seconds.
      const start = new Date(Date.parse(serverNow) - 5 * 60_000).toISOString();
      const query = new URLSearchParams({ start: withOffset(start), end: withOffset(serverNow) });
      const reply = await send((session) => ({
        path: data(session, `/sobjects/${object}/updated/?${query.toString()}`),
        doing,
      }));
      const { latestDateCovered } = JSON.parse(await bodyText(reply, doing)) as { latestDateCovered: string };
      return new Date(latestDateCovered.replace(/\+0000$/, 'Z')).toISOString();
    },

    /** About how many rows an object has, as the org counts them now and then; 0 where it does not say. One call. */
    async recordCount(object: string): Promise<number> {
      const doing = `Asking how many rows ${object} has`;
      const query = new URLSearchParams({ sObjects: object });
      const reply = await send((session) => ({
        path: data(session, `/limits/recordCount?${query.toString()}`),
        doing,
      }));
      const { sObjects } = JSON.parse(await bodyText(reply, doing)) as { sObjects?: readonly { count: number }[] };
      return sObjects?.[0]?.count ?? 0;
    },

    /** First page of a REST query of any length; `all` includes deleted rows. One call. */
    query(soql: string, { all, object }: { all: boolean; object: string }): Promise<QueryPage> {
      const doing = `Querying ${object}`;
      const address = `/${all ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`;
      if (address.length > LONGEST_ADDRESS) return longQueryPage(doing, address);
      return queryPage(doing, (session) => data(session, address));
    },

    /** A later page, by its locator. */
    queryMore: (locator: string, object: string): Promise<QueryPage> =>
      queryPage(`Reading on ${object}`, () => locator),

    /** A Bulk result page as a stream of CSV bytes whose header is checked against `paths`. @throws SF_CURSOR_LOST when the org no longer has it */
    async openResultPage(locator: string, paths: readonly string[], object: string): Promise<ResultPage> {
      const doing = `Reading a result page of ${object}`;
      const reply = await send(() => ({
        path: locator,
        doing,
        headers: { accept: 'text/csv', 'accept-encoding': 'gzip' },
      })).catch(lostJob);
      const announced = Number(header(reply, 'sforce-numberofrecords') ?? Number.NaN);
      const checked = new HeaderCheck(paths, doing);
      const source = unpacked(reply, doing);
      pipeline(source, checked, () => undefined);
      const next = nextPagePath(locator, header(reply, 'sforce-locator'));
      return {
        bytes: checked,
        ...(Number.isFinite(announced) ? { expectedRows: announced } : {}),
        ...(next === undefined ? {} : { nextLocator: next }),
      };
    },

    ...createBulkJobs(use, connectionId, {
      count: () => {
        calls += 1;
      },
      noteUsage: (said) => {
        usage = said;
      },
      pageRows: bulkPageRows,
    }),
  };
}

const withOffset = (instant: Instant): string => instant.replace('Z', '+00:00');
