import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../api-error.ts';
import type { EmulatorContext } from '../context.ts';
import { asyncError, MESSAGES } from '../error-strings.ts';
import { findObject } from '../org.ts';
import { BULK_CHANGES, upsertKey } from '../records/bulk-change.ts';
import { sessionOf } from '../rest/data-api.ts';
import { normalizeId } from '../salesforce-id.ts';
import { CONCURRENCY_MODES, CONTENT_TYPES, QUERY_OPERATIONS, type AsyncBatch, type AsyncJob } from './async-job.ts';
import { replyFormat, sendFacts, type Facts } from './async-reply.ts';
import { chosen, jobBody } from './job-body.ts';
import { parsePkChunking } from './pk-chunking.ts';

export const parametersOf = (request: FastifyRequest): Readonly<Record<string, string | undefined>> =>
  request.params as Readonly<Record<string, string | undefined>>;

/** Returns the job that a path names. @throws ApiError InvalidJob */
export async function jobOfPath(request: FastifyRequest, { bulk1 }: EmulatorContext): Promise<AsyncJob> {
  const id = normalizeId(parametersOf(request)['job'] ?? '') ?? '';
  const job = await bulk1.store.findJob(sessionOf(request).org.id, id);
  if (job === undefined) throw asyncError('noSuchJob');
  return job;
}

const sum = (batches: readonly AsyncBatch[], of: 'processed' | 'failed' | 'processingMs'): number =>
  batches.reduce((total, batch) => total + batch[of], 0);

function jobFacts(job: AsyncJob, batches: readonly AsyncBatch[]): Facts {
  const count = (state: AsyncBatch['state']): number => batches.filter((batch) => batch.state === state).length;
  return {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: job.userId,
    createdDate: job.createdAt,
    systemModstamp: job.modifiedAt,
    state: job.state,
    externalIdFieldName: job.externalIdFieldName,
    concurrencyMode: job.concurrencyMode,
    contentType: job.contentType,
    numberBatchesQueued: count('Queued'),
    numberBatchesInProgress: count('InProgress'),
    numberBatchesCompleted: count('Completed'),
    numberBatchesFailed: count('Failed'),
    numberBatchesTotal: batches.length,
    numberRecordsProcessed: sum(batches, 'processed'),
    numberRetries: 0,
    apiVersion: { decimal: job.apiVersion },
    numberRecordsFailed: sum(batches, 'failed'),
    totalProcessingTime: sum(batches, 'processingMs'),
    apiActiveProcessingTime: sum(batches, 'processingMs'),
    apexProcessingTime: 0,
  };
}

/** Jobs of Bulk API 1.0: create, look at, close, abort. */
export function asyncJobRoutes(api: FastifyInstance, context: EmulatorContext): void {
  const { store, runner } = context.bulk1;
  const send = async (request: FastifyRequest, reply: FastifyReply, job: AsyncJob): Promise<FastifyReply> => {
    const facts = jobFacts(job, await store.batches(job.id));
    return sendFacts(reply, replyFormat(request, job.contentType), { root: 'jobInfo', facts });
  };

  api.post('/job', async (request, reply) => {
    const { org, userId, now } = sessionOf(request);
    const body = jobBody(request);
    const operation = chosen([...BULK_CHANGES, ...QUERY_OPERATIONS], body['operation']);
    if (operation === undefined) throw asyncError('unreadableJob');
    const object = findObject(org, String(body['object']));
    if (object === undefined) throw new ApiError(400, 'InvalidJob', MESSAGES.noSuchEntity(body['object']));
    const { externalIdFieldName } = body;
    const key = typeof externalIdFieldName === 'string' && externalIdFieldName !== '' ? externalIdFieldName : undefined;
    if (operation !== 'query' && operation !== 'queryAll') {
      try {
        upsertKey(object, operation, key);
      } catch (error) {
        throw error instanceof ApiError ? new ApiError(400, 'InvalidJob', error.message) : error;
      }
    }
    const chunking = request.headers['sforce-enable-pkchunking'];
    const job: AsyncJob = {
      id: await store.newId('750'),
      orgId: org.id,
      userId,
      operation,
      object: object.name,
      externalIdFieldName: key ?? null,
      contentType: chosen(CONTENT_TYPES, body['contentType']) ?? 'XML',
      concurrencyMode: chosen(CONCURRENCY_MODES, body['concurrencyMode']) ?? 'Parallel',
      pkChunking: parsePkChunking(typeof chunking === 'string' ? chunking : undefined),
      apiVersion: parametersOf(request)['version'] ?? '',
      state: 'Open',
      createdAt: now,
      modifiedAt: now,
    };
    await store.addJob(job);
    return send(request, reply.status(201), job);
  });

  api.get('/job/:job', async (request, reply) => send(request, reply, await jobOfPath(request, context)));

  api.post('/job/:job', async (request, reply) => {
    const job = await jobOfPath(request, context);
    const state = chosen(['Closed', 'Aborted'], jobBody(request)['state']);
    if (state === undefined) throw asyncError('unreadableJob');
    if (!(await store.moveJob(job.id, 'Open', state, sessionOf(request).now))) {
      // A closed job can be aborted while batches of it wait.
      const isMoved = state === 'Aborted' && (await store.moveJob(job.id, 'Closed', state, sessionOf(request).now));
      const doing = state === 'Closed' ? 'Closing' : 'Aborting';
      if (!isMoved) throw new ApiError(400, 'InvalidJobState', MESSAGES.jobAlready(doing, job.state));
    }
    if (state === 'Aborted') await runner.abort(job);
    return send(request, reply, await jobOfPath(request, context));
  });
}
