import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../api-error.ts';
import type { EmulatorContext } from '../context.ts';
import type { ObjectDefinition } from '../data/definition.ts';
import { apiError, MESSAGES } from '../error-strings.ts';
import { findObject } from '../org.ts';
import { readRecords } from '../records/read-record.ts';
import type { RecordBody } from '../records/record-values.ts';
import {
  createRecordWriter,
  keyFieldOrThrow,
  objectOfId,
  upsertRecord,
  type RecordWriter,
} from '../records/record-writer.ts';
import { RolledBack, saveEach, type SaveResult } from '../records/save-result.ts';
import { sessionOf, versionOf } from '../rest/data-api.ts';
import { objectOfPath } from '../rest/describe-routes.ts';
import { normalizeId } from '../salesforce-id.ts';
import { changeAs, dbOf } from './change-as.ts';

/** Records of one request. */
const MOST_RECORDS = 200;
const MOST_READ = 2000;

interface CollectionBody {
  readonly allOrNone?: boolean;
  readonly records?: readonly RecordBody[];
}

function recordsOf(request: FastifyRequest): { readonly records: readonly RecordBody[]; readonly allOrNone: boolean } {
  const { records, allOrNone = false } = (request.body ?? {}) as CollectionBody;
  if (!Array.isArray(records)) throw apiError('jsonParser');
  if (records.length > MOST_RECORDS)
    throw new ApiError(400, 'EXCEEDED_ID_LIMIT', MESSAGES.tooManyRecords(MOST_RECORDS));
  return { records: records as RecordBody[], allOrNone };
}

/** Makes, changes, reads and deletes up to 200 records of one or several objects. */
export function collectionRoutes(api: FastifyInstance, context: EmulatorContext): void {
  /** @throws ApiError INVALID_TYPE */
  const objectOf = (request: FastifyRequest, body: RecordBody): ObjectDefinition => {
    const type = (body['attributes'] as { readonly type?: string } | undefined)?.type ?? '';
    const object = findObject(sessionOf(request).org, type);
    if (object === undefined) throw new ApiError(400, 'INVALID_TYPE', MESSAGES.noSuchType(type));
    return object;
  };
  const idOf = (body: RecordBody): string | undefined => {
    const id = body['id'] ?? body['Id'];
    return typeof id === 'string' ? normalizeId(id) : undefined;
  };

  interface Save<T> {
    readonly items: readonly T[];
    readonly allOrNone: boolean;
    readonly save: (writer: RecordWriter, item: T) => Promise<SaveResult>;
    readonly idOf?: (item: T) => string | undefined;
  }
  const saveAll = async <T>(request: FastifyRequest, { items, allOrNone, save, idOf: id }: Save<T>) => {
    try {
      return await changeAs(context, request, async (client) => {
        const writer = createRecordWriter(client, sessionOf(request).org);
        const results = await saveEach(items, (item) => save(writer, item), id);
        if (allOrNone && results.some((result) => !result.success)) throw new RolledBack(results);
        return results;
      });
    } catch (error) {
      if (error instanceof RolledBack) return error.results;
      throw error;
    }
  };

  api.post('/composite/sobjects', (request) => {
    const { records: items, allOrNone } = recordsOf(request);
    const save = async (writer: RecordWriter, body: RecordBody): Promise<SaveResult> => ({
      id: await writer.insert(objectOf(request, body), body, ['id']),
      success: true,
      errors: [],
    });
    return saveAll(request, { items, allOrNone, save });
  });

  api.patch('/composite/sobjects', (request) => {
    const { records: items, allOrNone } = recordsOf(request);
    const save = async (writer: RecordWriter, body: RecordBody): Promise<SaveResult> => {
      const id = idOf(body);
      if (id === undefined) throw new ApiError(400, 'MISSING_ARGUMENT', MESSAGES.noId);
      await writer.update(objectOf(request, body), id, body, ['id']);
      return { id, success: true, errors: [] };
    };
    return saveAll(request, { items, allOrNone, save, idOf });
  });

  api.patch('/composite/sobjects/:object/:key', (request) => {
    const { records: items, allOrNone } = recordsOf(request);
    const object = objectOfPath(request);
    const key = keyFieldOrThrow(object, (request.params as { key: string }).key);
    const save = async (writer: RecordWriter, body: RecordBody): Promise<SaveResult> => {
      const given = Object.entries(body).find(([name]) => name.toLowerCase() === key.name.toLowerCase())?.[1];
      if (given === undefined || given === null) throw new ApiError(400, 'MISSING_ARGUMENT', MESSAGES.noKey(key.name));
      const value = typeof given === 'string' ? given : JSON.stringify(given);
      return { ...(await upsertRecord(writer, object, { key, value, body })), success: true, errors: [] };
    };
    return saveAll(request, { items, allOrNone, save });
  });

  api.delete('/composite/sobjects', (request) => {
    const { ids = '', allOrNone } = request.query as Readonly<Record<string, string | undefined>>;
    const items = ids.split(',').filter((id) => id !== '');
    if (items.length > MOST_RECORDS)
      throw new ApiError(400, 'EXCEEDED_ID_LIMIT', MESSAGES.tooManyRecords(MOST_RECORDS));
    const save = async (writer: RecordWriter, text: string): Promise<SaveResult> => {
      const id = normalizeId(text);
      const object = id && objectOfId(sessionOf(request).org, id);
      if (id === undefined || object === undefined || object === '')
        throw new ApiError(400, 'MALFORMED_ID', `malformed id ${text}`);
      await writer.remove(object, id);
      return { id, success: true, errors: [] };
    };
    return saveAll(request, { items, allOrNone: allOrNone === 'true', save, idOf: (id) => id });
  });

  const read = async (
    request: FastifyRequest,
    reply: FastifyReply,
    ids: readonly string[],
    fields: readonly string[],
  ) => {
    if (ids.length > MOST_READ) throw new ApiError(400, 'EXCEEDED_ID_LIMIT', MESSAGES.tooManyRecords(MOST_READ));
    const wanted = ids.map((id) => normalizeId(id) ?? '');
    const found = await readRecords(dbOf(context, request), {
      session: sessionOf(request),
      version: versionOf(request),
      object: objectOfPath(request),
      ids: wanted,
      fields,
    });
    const texts = wanted.map((id) => {
      const record = found.get(id);
      return record === undefined || record.deleted ? 'null' : record.json;
    });
    return reply.type('application/json;charset=UTF-8').send(`[${texts.join(',')}]`);
  };
  api.get('/composite/sobjects/:object', (request, reply) => {
    const { ids = '', fields = '' } = request.query as Readonly<Record<string, string | undefined>>;
    return read(request, reply, ids.split(','), fields.split(','));
  });
  api.post('/composite/sobjects/:object', (request, reply) => {
    const { ids = [], fields = [] } = (request.body ?? {}) as { ids?: string[]; fields?: string[] };
    return read(request, reply, ids, fields);
  });
}
