import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../api-error.ts';
import { changeAs, dbOf } from '../composite/change-as.ts';
import type { EmulatorContext } from '../context.ts';
import type { ObjectDefinition } from '../data/definition.ts';
import { apiError } from '../error-strings.ts';
import { readRecordOrThrow } from '../records/read-record.ts';
import type { RecordBody } from '../records/record-values.ts';
import { createRecordWriter, keyFieldOrThrow, upsertRecord, type RecordWriter } from '../records/record-writer.ts';
import { normalizeId } from '../salesforce-id.ts';
import { sessionOf, versionOf } from './data-api.ts';
import { objectOfPath } from './describe-routes.ts';

const pathOf = (request: FastifyRequest): Readonly<Record<string, string | undefined>> =>
  request.params as Readonly<Record<string, string | undefined>>;

/** @throws ApiError NOT_FOUND */
function idOfPath(request: FastifyRequest, object: ObjectDefinition): string {
  const id = normalizeId(pathOf(request)['id'] ?? '');
  if (id === undefined || !id.startsWith(object.keyPrefix)) throw apiError('notFound');
  return id;
}

/** @throws ApiError JSON_PARSER_ERROR */
function bodyOf({ body }: FastifyRequest): RecordBody {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw apiError('jsonParser');
  return body as RecordBody;
}

/** Clients that cannot send PATCH say so in the address of a POST. @throws ApiError METHOD_NOT_ALLOWED */
function assertMeansPatch(request: FastifyRequest): void {
  const { _HttpMethod: method } = request.query as Readonly<Record<string, string | undefined>>;
  if (request.method === 'POST' && method?.toUpperCase() !== 'PATCH') throw apiError('methodNotAllowed');
}

/** Reads, makes, changes and deletes one record, by its id or by an external one. */
export function recordRoutes(api: FastifyInstance, context: EmulatorContext): void {
  const write = <T>(request: FastifyRequest, work: (writer: RecordWriter) => Promise<T>): Promise<T> =>
    changeAs(context, request, (client) => work(createRecordWriter(client, sessionOf(request).org)));

  const sendRecord = async (request: FastifyRequest, reply: FastifyReply, id: string): Promise<FastifyReply> => {
    const { fields } = request.query as Readonly<Record<string, string | undefined>>;
    const json = await readRecordOrThrow(dbOf(context, request), {
      session: sessionOf(request),
      version: versionOf(request),
      object: objectOfPath(request),
      id,
      fields: fields?.split(',').map((name) => name.trim()),
    });
    return reply.type('application/json;charset=UTF-8').send(json);
  };
  const made = (request: FastifyRequest, reply: FastifyReply, id: string): FastifyReply =>
    reply
      .status(201)
      .header('Location', `/services/data/v${versionOf(request)}/sobjects/${objectOfPath(request).name}/${id}`);

  api.post('/sobjects/:object', async (request, reply) => {
    const object = objectOfPath(request);
    const id = await write(request, (writer) => writer.insert(object, bodyOf(request)));
    return made(request, reply, id).send({ id, success: true, errors: [] });
  });

  api.get('/sobjects/:object/:id', (request, reply) =>
    sendRecord(request, reply, idOfPath(request, objectOfPath(request))),
  );

  const update = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    assertMeansPatch(request);
    const object = objectOfPath(request);
    await write(request, (writer) => writer.update(object, idOfPath(request, object), bodyOf(request)));
    return reply.status(204).send();
  };
  api.patch('/sobjects/:object/:id', update);
  api.post('/sobjects/:object/:id', update);

  api.delete('/sobjects/:object/:id', async (request, reply) => {
    const object = objectOfPath(request);
    await write(request, (writer) => writer.remove(object, idOfPath(request, object)));
    return reply.status(204).send();
  });

  const keyOf = (request: FastifyRequest): Parameters<RecordWriter['find']> => {
    const object = objectOfPath(request);
    const { key = '', value = '' } = pathOf(request);
    return [object, keyFieldOrThrow(object, key), value];
  };
  /** @throws ApiError NOT_FOUND; with status 300 when several records have the key */
  const idOfKey = async (request: FastifyRequest, writer: RecordWriter): Promise<string> => {
    const found = await writer.find(...keyOf(request));
    if (found.length > 1)
      throw new ApiError(300, 'DUPLICATE_EXTERNAL_ID', 'The external ID is used by several records.');
    const [id] = found;
    if (id === undefined) throw apiError('notFound');
    return id;
  };

  api.get('/sobjects/:object/:key/:value', async (request, reply) =>
    sendRecord(request, reply, await write(request, (writer) => idOfKey(request, writer))),
  );

  const upsert = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    assertMeansPatch(request);
    const [object, key, value] = keyOf(request);
    const body = bodyOf(request);
    const { id, created } = await write(request, (writer) => upsertRecord(writer, object, { key, value, body }));
    const answer = { id, success: true, errors: [], created };
    return created ? made(request, reply, id).send(answer) : reply.send(answer);
  };
  api.patch('/sobjects/:object/:key/:value', upsert);
  api.post('/sobjects/:object/:key/:value', upsert);

  api.delete('/sobjects/:object/:key/:value', async (request, reply) => {
    const object = objectOfPath(request);
    await write(request, async (writer) => writer.remove(object, await idOfKey(request, writer)));
    return reply.status(204).send();
  });
}
