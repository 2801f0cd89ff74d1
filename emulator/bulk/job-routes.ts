import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { rm } from 'node:fs/promises';
import { ApiError } from '../api-error.ts';
import type { EmulatorContext } from '../context.ts';
import { faultOf } from '../control/apply-fault.ts';
import { apiError, MESSAGES } from '../error-strings.ts';
import { sessionOf, versionOf } from '../rest/data-api.ts';
import { normalizeId, opaqueId } from '../salesforce-id.ts';
import { compileBulkQuery } from './bulk-query.ts';
import {
  choice,
  createdReply,
  DELIMITERS,
  isFinished,
  jobJson,
  jobReply,
  LINE_ENDINGS,
  type ColumnDelimiter,
  type Job,
  type LineEnding,
} from './job.ts';

/** Jobs per page of the list. */
const LIST_PAGE = 100;

/** Returns the id of the job that a path names, empty when it is no id. */
export const jobIdOfPath = (request: FastifyRequest): string =>
  normalizeId((request.params as Readonly<Record<string, string | undefined>>)['job'] ?? '') ?? '';

/** Returns the job that a path names. @throws ApiError NOT_FOUND */
async function jobOfPath(request: FastifyRequest, { bulk }: EmulatorContext): Promise<Job> {
  const job = await bulk.store.find(sessionOf(request).org.id, jobIdOfPath(request));
  if (job === undefined) throw apiError('notFound');
  return job;
}

interface JobBody {
  readonly operation?: unknown;
  readonly query?: unknown;
  readonly contentType?: unknown;
  readonly columnDelimiter?: unknown;
  readonly lineEnding?: unknown;
}

/** Query jobs of Bulk API 2.0: create, look at, list, abort, delete. */
export function jobRoutes(api: FastifyInstance, context: EmulatorContext): void {
  const { bulk, pool } = context;
  const json = (reply: FastifyReply, body: Record<string, unknown>): FastifyReply =>
    reply.type('application/json;charset=UTF-8').send(jobJson(body));

  api.post('/jobs/query', async (request, reply) => {
    const session = sessionOf(request);
    const body = (request.body ?? {}) as JobBody;
    const { operation, query } = body;
    if (operation !== 'query' && operation !== 'queryAll') {
      throw new ApiError(400, 'API_ERROR', MESSAGES.invalidValue('operation', operation));
    }
    if (typeof query !== 'string' || query.trim() === '') throw new ApiError(400, 'API_ERROR', 'query is required');
    if (body.contentType !== undefined && body.contentType !== 'CSV') {
      throw new ApiError(400, 'API_ERROR', MESSAGES.invalidValue('contentType', body.contentType));
    }
    const columnDelimiter: ColumnDelimiter = choice(DELIMITERS, body.columnDelimiter, 'COMMA', 'columnDelimiter');
    const lineEnding: LineEnding = choice(LINE_ENDINGS, body.lineEnding, 'LF', 'lineEnding');
    const compiled = compileBulkQuery(session.org, { soql: query, operation, userId: session.userId }, session.now);
    const { rows } = await pool.query<{ id: string }>(`SELECT nextval('emulator.opaque_id') AS id`);
    const job: Job = {
      id: opaqueId('750', Number(rows[0]?.id)),
      orgId: session.org.id,
      userId: session.userId,
      operation,
      soql: query,
      object: compiled.object.name,
      apiVersion: versionOf(request),
      columnDelimiter,
      lineEnding,
      state: 'UploadComplete',
      createdAt: session.now,
      modifiedAt: session.now,
      rows: 0,
      processingMs: 0,
      errorMessage: null,
    };
    await bulk.store.add(job);
    await bulk.runner.start(job, faultOf(request, 'jobStuck') ?? faultOf(request, 'jobFailed'));
    return json(reply, createdReply(job));
  });

  api.get('/jobs/query', async (request, reply) => {
    const session = sessionOf(request);
    const { queryLocator = '0' } = request.query as Readonly<Record<string, string | undefined>>;
    const offset = Number(queryLocator) || 0;
    const jobs = await bulk.store.list(session.org.id, { offset, limit: LIST_PAGE + 1 });
    const more = jobs.length > LIST_PAGE;
    const next = `/services/data/v${versionOf(request)}/jobs/query?queryLocator=${offset + LIST_PAGE}`;
    return json(reply, {
      done: !more,
      records: jobs.slice(0, LIST_PAGE).map((job) => ({ ...createdReply(job), jobType: 'V2Query' })),
      nextRecordsUrl: more ? next : null,
    });
  });

  api.get('/jobs/query/:job', async (request, reply) => {
    const job = await jobOfPath(request, context);
    const rows = isFinished(job.state) ? job.rows : bulk.runner.progressOf(job.id);
    return json(reply, jobReply({ ...job, rows }));
  });

  api.patch('/jobs/query/:job', async (request, reply) => {
    const job = await jobOfPath(request, context);
    const { state } = (request.body ?? {}) as { state?: unknown };
    if (state !== 'Aborted') throw apiError('jobState');
    const at = sessionOf(request).now;
    if (!(await bulk.store.move(job.id, ['UploadComplete', 'InProgress'], { state: 'Aborted', at }))) {
      throw apiError('jobNotAbortable');
    }
    await bulk.runner.abort(job.id);
    return json(reply, jobReply(await jobOfPath(request, context)));
  });

  api.delete('/jobs/query/:job', async (request, reply) => {
    const job = await jobOfPath(request, context);
    if (!isFinished(job.state)) throw apiError('jobNotDeletable');
    await bulk.store.remove(job.id);
    bulk.results.forget(job.id);
    await rm(bulk.runner.folderOf(job.id), { recursive: true, force: true });
    return reply.status(204).send();
  });
}
