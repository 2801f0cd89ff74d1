import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OutgoingHttpHeaders } from 'node:http';
import type { EmulatorContext } from '../context.ts';
import { faultOf } from '../control/apply-fault.ts';
import { apiError } from '../error-strings.ts';
import { sessionOf, versionOf } from '../rest/data-api.ts';
import type { FinishedResult } from './finished-results.ts';
import type { Job } from './job.ts';
import { jobIdOfPath } from './job-routes.ts';
import { resultPath } from './result-file.ts';
import { locatorOf, offsetOfLocator, planPage } from './result-page.ts';
import { sendPage } from './send-page.ts';

/** How long a job's results are kept. */
const RESULT_LIFE_MS = 7 * 24 * 3_600_000;
/** Pages that one list names. */
const PAGES_PER_LIST = 5;

/** @throws ApiError when the job is unknown, not complete, expired, or of another API version */
async function finishedOf(request: FastifyRequest, { bulk }: EmulatorContext): Promise<FinishedResult> {
  const { org, now } = sessionOf(request);
  const found = await bulk.results.find(org.id, jobIdOfPath(request));
  if (found === undefined) throw apiError('notFound');
  const { job } = found;
  if (job.apiVersion !== versionOf(request)) throw apiError('jobWrongVersion');
  if (found.index === undefined) throw apiError('jobNotFinished');
  if (now.getTime() - job.createdAt.getTime() > RESULT_LIFE_MS) throw apiError('notFound');
  return found;
}

function positionOf(job: Job, locator: string | undefined): number {
  if (locator === undefined || locator === '') return 0;
  const offset = offsetOfLocator(job.id, locator);
  if (offset === undefined || offset > job.rows) throw apiError('jobLocator');
  return offset;
}

function recordsAsked(text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw apiError('maxRecords');
  return count;
}

/** Pages of a finished job: CSV by locator, served from files, and the list of locators for reading them in parallel. */
export function resultRoutes(api: FastifyInstance, context: EmulatorContext): void {
  const { bulk, bulkOptions } = context;

  api.get('/jobs/query/:job/results', async (request, reply) => {
    const { job, index } = await finishedOf(request, context);
    const { maxRecords, locator } = request.query as Readonly<Record<string, string | undefined>>;
    const position = positionOf(job, locator);
    const next = position + Math.min(recordsAsked(maxRecords, bulkOptions.pageRows), job.rows - position);
    // A duplicated row is the last one of the page before, or on the first page the first one of the next.
    const repeats = faultOf(request, 'duplicateRow') !== undefined;
    const offset = repeats ? Math.max(0, position - 1) : position;
    const count = (repeats && position === 0 ? Math.min(next + 1, job.rows) : next) - offset;
    const announced = count + (faultOf(request, 'recordCount')?.add ?? 0);
    const folder = bulk.runner.folderOf(job.id);
    const gzipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');

    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as OutgoingHttpHeaders),
      'Content-Type': 'text/csv',
      'Sforce-NumberOfRecords': String(announced),
      'Sforce-Locator': next < job.rows ? locatorOf(job.id, next) : 'null',
      ...(gzipped ? { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } : {}),
    });
    try {
      const page = { file: resultPath(folder), header: index.header, parts: planPage(index, offset, count) };
      await sendPage(page, reply.raw, { gzipped });
    } catch {
      // The client went away, or the file did: half a page must not look like a whole one.
      reply.raw.destroy();
    }
  });

  api.get('/jobs/query/:job/resultPages', async (request) => {
    const { job } = await finishedOf(request, context);
    const { locator } = request.query as Readonly<Record<string, string | undefined>>;
    const start = positionOf(job, locator);
    const base = `/services/data/v${job.apiVersion}/jobs/query/${job.id}`;
    const pages = Math.min(PAGES_PER_LIST, Math.max(1, Math.ceil((job.rows - start) / bulkOptions.pageRows)));
    const next = start + pages * bulkOptions.pageRows;
    return {
      resultPages: Array.from({ length: pages }, (_, page) => ({
        resultUrl: `${base}/results?locator=${locatorOf(job.id, start + page * bulkOptions.pageRows)}`,
      })),
      ...(next < job.rows
        ? { nextRecordsUrl: `${base}/resultPages?locator=${locatorOf(job.id, next)}`, done: false }
        : { done: true }),
    };
  });
}
