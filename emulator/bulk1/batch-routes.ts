import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OutgoingHttpHeaders } from 'node:http';
import { ApiError } from '../api-error.ts';
import { readIndex, resultPath } from '../bulk/result-file.ts';
import { planPage } from '../bulk/result-page.ts';
import { sendPage } from '../bulk/send-page.ts';
import type { EmulatorContext } from '../context.ts';
import { faultOf } from '../control/apply-fault.ts';
import { asyncError, MESSAGES } from '../error-strings.ts';
import { sessionOf } from '../rest/data-api.ts';
import { normalizeId } from '../salesforce-id.ts';
import { xmlTag } from '../xml/xml-element.ts';
import { isQuery, type AsyncBatch, type AsyncJob } from './async-job.ts';
import { MEDIA_TYPES, replyFormat, sendAs, sendFacts, sendFactsList, xmlDocument, type Facts } from './async-reply.ts';
import { changeResults } from './change-results.ts';
import { jobOfPath, parametersOf } from './job-routes.ts';
import { documentOfLines } from './record-lines.ts';
import { batchFolder } from './run-batch.ts';

/** Batches of an org within a day. */
export const DAILY_BATCHES = 15_000;
/** How long results are kept. */
const RESULT_LIFE_MS = 7 * 24 * 3_600_000;

const batchFacts = (batch: AsyncBatch): Facts => ({
  id: batch.id,
  jobId: batch.jobId,
  state: batch.state,
  stateMessage: batch.stateMessage,
  createdDate: batch.createdAt,
  systemModstamp: batch.modifiedAt,
  numberRecordsProcessed: batch.processed,
  numberRecordsFailed: batch.failed,
  totalProcessingTime: batch.processingMs,
  apiActiveProcessingTime: batch.processingMs,
  apexProcessingTime: 0,
});

interface Found {
  readonly job: AsyncJob;
  readonly batch: AsyncBatch;
}

/** Batches of Bulk API 1.0: add, list, look at, and what they were asked and answered. */
export function asyncBatchRoutes(api: FastifyInstance, context: EmulatorContext): void {
  const { store, runner, dataDir } = context.bulk1;
  const { pageRows } = context.bulkOptions;

  /** @throws ApiError InvalidJob, InvalidBatch */
  const batchOfPath = async (request: FastifyRequest): Promise<Found> => {
    const job = await jobOfPath(request, context);
    const batch = await store.findBatch(job.id, normalizeId(parametersOf(request)['batch'] ?? '') ?? '');
    if (batch === undefined) throw asyncError('noSuchBatch');
    return { job, batch };
  };

  /** @throws ApiError InvalidBatch while there is no result, and when it is gone */
  const completedBatch = async (request: FastifyRequest): Promise<Found> => {
    const found = await batchOfPath(request);
    if (found.batch.state !== 'Completed') throw asyncError('notCompleted');
    const ageMs = sessionOf(request).now.getTime() - found.batch.createdAt.getTime();
    if (ageMs > RESULT_LIFE_MS) throw asyncError('noSuchResult');
    return found;
  };

  api.post('/job/:job/batch', async (request, reply) => {
    const job = await jobOfPath(request, context);
    const { org, now } = sessionOf(request);
    if (job.state !== 'Open') throw new ApiError(400, 'InvalidJobState', MESSAGES.jobNotOpenForBatch(job.state));
    if ((await store.addedToday(org.id, now)) >= DAILY_BATCHES) throw asyncError('tooManyBatches');
    const batch: AsyncBatch = {
      id: await store.newId('751'),
      jobId: job.id,
      state: 'Queued',
      stateMessage: null,
      createdAt: now,
      modifiedAt: now,
      processed: 0,
      failed: 0,
      processingMs: 0,
      resultIds: [],
    };
    await store.addBatch(batch, typeof request.body === 'string' ? request.body : '');
    const fault = faultOf(request, 'jobStuck') ?? faultOf(request, 'jobFailed');
    if (job.pkChunking !== null && isQuery(job) && fault === undefined) await runner.split(job, batch);
    else runner.start(job, batch, fault);
    const format = replyFormat(request, job.contentType);
    return sendFacts(reply.status(201), format, { root: 'batchInfo', facts: batchFacts(batch) });
  });

  api.get('/job/:job/batch', async (request, reply) => {
    const job = await jobOfPath(request, context);
    const all = (await store.batches(job.id)).map(batchFacts);
    return sendFactsList(reply, replyFormat(request, job.contentType), {
      root: 'batchInfoList',
      item: 'batchInfo',
      all,
    });
  });

  api.get('/job/:job/batch/:batch', async (request, reply) => {
    const { job, batch } = await batchOfPath(request);
    return sendFacts(reply, replyFormat(request, job.contentType), { root: 'batchInfo', facts: batchFacts(batch) });
  });

  api.get('/job/:job/batch/:batch/request', async (request, reply) => {
    const { job, batch } = await batchOfPath(request);
    return sendAs(reply, job.contentType, await store.request(batch.id));
  });

  api.get('/job/:job/batch/:batch/result', async (request, reply) => {
    const { job, batch } = await completedBatch(request);
    if (!isQuery(job))
      return sendAs(reply, job.contentType, changeResults(job.contentType, await store.results(batch.id)));
    const format = replyFormat(request, job.contentType);
    if (format === 'JSON') return sendAs(reply, format, JSON.stringify(batch.resultIds));
    return sendAs(
      reply,
      format,
      xmlDocument('result-list', batch.resultIds.map((id) => xmlTag('result', id)).join('')),
    );
  });

  api.get('/job/:job/batch/:batch/result/:result', async (request, reply) => {
    const { job, batch } = await completedBatch(request);
    const place = batch.resultIds.indexOf(normalizeId(parametersOf(request)['result'] ?? '') ?? '');
    if (place < 0) throw asyncError('noSuchResult');
    if (batch.processed === 0 && job.contentType === 'CSV') return sendAs(reply, 'CSV', MESSAGES.noRecordsFound);
    await sendResult(request, reply, { job, batch, place });
    return reply;
  });

  async function sendResult(
    request: FastifyRequest,
    reply: FastifyReply,
    { job, batch, place }: Found & { readonly place: number },
  ): Promise<void> {
    const folder = batchFolder(dataDir, batch.id);
    const index = await readIndex(folder);
    const gzipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as OutgoingHttpHeaders),
      'Content-Type': MEDIA_TYPES[job.contentType],
      ...(gzipped ? { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } : {}),
    });
    try {
      const parts = planPage(index, place * pageRows, Math.min(pageRows, index.rows - place * pageRows));
      const isCsv = job.contentType === 'CSV';
      const page = { file: resultPath(folder), header: index.header, parts, form: isCsv ? 'csv' : 'lines' } as const;
      const through = job.contentType === 'CSV' ? undefined : documentOfLines(job.contentType);
      await sendPage(page, reply.raw, { gzipped, through });
    } catch {
      // The client went away, or the file did: half a result must not look like a whole one.
      reply.raw.destroy();
    }
  }
}
