import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../api-error.ts';
import type { EmulatorContext } from '../context.ts';
import { apiError, MESSAGES } from '../error-strings.ts';
import { findObject } from '../org.ts';
import { BULK_CHANGES, upsertKey } from '../records/bulk-change.ts';
import { sessionOf, versionOf } from '../rest/data-api.ts';
import { opaqueId } from '../salesforce-id.ts';
import type { IngestJob, IngestPart } from './ingest-store.ts';
import { jobIdOfPath } from './job-routes.ts';
import { choice, DELIMITERS, jobJson, LINE_ENDINGS, restDate } from './job.ts';

const LIST_PAGE = 100;
/** Largest upload of one job, in bytes. */
const LARGEST_UPLOAD = 150 * 1024 * 1024;

const createdReply = (job: IngestJob): Record<string, unknown> => ({
  id: job.id,
  operation: job.operation,
  object: job.object,
  createdById: job.userId,
  createdDate: restDate(job.createdAt),
  systemModstamp: restDate(job.modifiedAt),
  state: job.state,
  ...(job.externalIdFieldName === null ? {} : { externalIdFieldName: job.externalIdFieldName }),
  concurrencyMode: 'Parallel',
  contentType: 'CSV',
  apiVersion: Number(job.apiVersion),
  contentUrl: `services/data/v${job.apiVersion}/jobs/ingest/${job.id}/batches`,
  lineEnding: job.lineEnding,
  columnDelimiter: job.columnDelimiter,
});

const jobReply = (job: IngestJob): Record<string, unknown> => ({
  ...createdReply(job),
  jobType: 'V2Ingest',
  numberRecordsProcessed: job.processed,
  numberRecordsFailed: job.failed,
  retries: 0,
  totalProcessingTime: job.processingMs,
  apiActiveProcessingTime: job.processingMs,
  apexProcessingTime: 0,
  ...(job.errorMessage === null ? {} : { errorMessage: job.errorMessage }),
});

/** Jobs of Bulk API 2.0 that change records: create, upload, close, look at, abort, delete, and what became of each record. */
export function ingestRoutes(api: FastifyInstance, { pool, ingest: { store, runner } }: EmulatorContext): void {
  const json = (reply: FastifyReply, body: Record<string, unknown>): FastifyReply =>
    reply.type('application/json;charset=UTF-8').send(jobJson(body));
  const jobOf = async (request: FastifyRequest): Promise<IngestJob> => {
    const job = await store.find(sessionOf(request).org.id, jobIdOfPath(request));
    if (job === undefined) throw apiError('notFound');
    return job;
  };

  api.post('/jobs/ingest', async (request, reply) => {
    const { org, userId, now } = sessionOf(request);
    const body = (request.body ?? {}) as Readonly<Record<string, unknown>>;
    const operation = BULK_CHANGES.find((kind) => kind === body['operation']);
    if (operation === undefined)
      throw new ApiError(400, 'API_ERROR', MESSAGES.invalidValue('operation', body['operation']));
    const object = typeof body['object'] === 'string' ? findObject(org, body['object']) : undefined;
    if (object === undefined) throw new ApiError(400, 'INVALIDJOB', MESSAGES.noSuchEntity(body['object']));
    const key = body['externalIdFieldName'];
    const external = typeof key === 'string' ? key : undefined;
    upsertKey(object, operation, external);
    const { rows } = await pool.query<{ id: string }>(`SELECT nextval('emulator.opaque_id') AS id`);
    const job: IngestJob = {
      id: opaqueId('750', Number(rows[0]?.id)),
      orgId: org.id,
      userId,
      object: object.name,
      operation,
      externalIdFieldName: external ?? null,
      apiVersion: versionOf(request),
      columnDelimiter: choice(DELIMITERS, body['columnDelimiter'], 'COMMA', 'columnDelimiter'),
      lineEnding: choice(LINE_ENDINGS, body['lineEnding'], 'LF', 'lineEnding'),
      state: 'Open',
      createdAt: now,
      modifiedAt: now,
      processed: 0,
      failed: 0,
      processingMs: 0,
      errorMessage: null,
    };
    await store.add(job);
    return json(reply, createdReply(job));
  });

  api.get('/jobs/ingest', async (request, reply) => {
    const { queryLocator = '0' } = request.query as Readonly<Record<string, string | undefined>>;
    const offset = Number(queryLocator) || 0;
    const jobs = await store.list(sessionOf(request).org.id, { offset, limit: LIST_PAGE + 1 });
    const more = jobs.length > LIST_PAGE;
    const next = `/services/data/v${versionOf(request)}/jobs/ingest?queryLocator=${offset + LIST_PAGE}`;
    return json(reply, {
      done: !more,
      records: jobs.slice(0, LIST_PAGE).map((job) => ({ ...createdReply(job), jobType: 'V2Ingest' })),
      nextRecordsUrl: more ? next : null,
    });
  });

  api.get('/jobs/ingest/:job', async (request, reply) => json(reply, jobReply(await jobOf(request))));

  api.put('/jobs/ingest/:job/batches', { bodyLimit: LARGEST_UPLOAD }, async (request, reply) => {
    const job = await jobOf(request);
    const at = sessionOf(request).now;
    const upload = typeof request.body === 'string' ? request.body : '';
    if ((await store.part(job.id, 'upload')) !== null) throw apiError('uploadedTwice');
    if (!(await store.change(job.id, ['Open'], { parts: { upload }, at }))) throw apiError('jobNotOpen');
    return reply.status(201).send();
  });

  api.patch('/jobs/ingest/:job', async (request, reply) => {
    const job = await jobOf(request);
    const at = sessionOf(request).now;
    const { state } = (request.body ?? {}) as { state?: unknown };
    if (state === 'Aborted') {
      if (!(await store.change(job.id, ['Open', 'UploadComplete', 'InProgress'], { state, at })))
        throw apiError('jobNotAbortable');
    } else if (state === 'UploadComplete') {
      if (!(await store.change(job.id, ['Open'], { state, at }))) throw apiError('jobNotOpen');
      runner.start(job);
    } else throw new ApiError(400, 'API_ERROR', MESSAGES.invalidValue('state', state));
    return json(reply, jobReply(await jobOf(request)));
  });

  api.delete('/jobs/ingest/:job', async (request, reply) => {
    const job = await jobOf(request);
    if (job.state === 'Open' || job.state === 'InProgress') throw apiError('jobNotDeletable');
    await store.remove(job.id);
    return reply.status(204).send();
  });

  const lists: Readonly<Record<string, IngestPart>> = {
    successfulResults: 'successful',
    failedResults: 'failed_rows',
    unprocessedrecords: 'unprocessed',
    unprocessedRecords: 'unprocessed', // as simple-salesforce writes it
  };
  for (const [name, part] of Object.entries(lists)) {
    api.get(`/jobs/ingest/:job/${name}`, async (request, reply) => {
      const job = await jobOf(request);
      if (!['JobComplete', 'Failed', 'Aborted'].includes(job.state)) throw apiError('jobNotFinished');
      return reply.type('text/csv').send((await store.part(job.id, part)) ?? '');
    });
  }
}
