import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorContext } from '../context.ts';
import type { ObjectDefinition } from '../data/definition.ts';
import { identifier } from '../data/sql.ts';
import { apiError } from '../error-strings.ts';
import { findObject, type Org } from '../org.ts';
import { sessionOf, versionOf } from './data-api.ts';
import { describeObject, objectSummary, type RecordTypeRow } from './describe-object.ts';

/** @throws ApiError NOT_FOUND */
export function objectOfPath(request: FastifyRequest): ObjectDefinition {
  const { object: name = '' } = request.params as Readonly<Record<string, string | undefined>>;
  const object = findObject(sessionOf(request).org, name);
  if (object === undefined) throw apiError('notFound');
  return object;
}

/** Answers 304 when nothing changed since the client's copy; otherwise sets `Last-Modified`. */
function isUnchanged(request: FastifyRequest, reply: FastifyReply, changedAtMs: number): boolean {
  // HTTP dates have no fractions.
  const changed = Math.floor(changedAtMs / 1000) * 1000;
  reply.header('Last-Modified', new Date(changed).toUTCString());
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && since >= changed;
}

/** What the org is made of: the list of objects, and describe of each. */
export function describeRoutes(api: FastifyInstance, { pool }: EmulatorContext): void {
  const recordTypesOf = async (org: Org, object: ObjectDefinition): Promise<RecordTypeRow[]> => {
    const { rows } = await pool.query<RecordTypeRow>(
      `SELECT "Id", "Name", "DeveloperName", "IsActive" FROM ${identifier(org.schema)}."RecordType" WHERE "SobjectType" = $1 ORDER BY "Id"`,
      [object.name],
    );
    return rows;
  };

  api.get('/sobjects', async (request, reply) => {
    const { org } = sessionOf(request);
    if (isUnchanged(request, reply, Math.max(...org.changedAt.values()))) return reply.status(304).send();
    return {
      encoding: 'UTF-8',
      maxBatchSize: 200,
      sobjects: [...org.objects.values()].map((object) => objectSummary(object, versionOf(request))),
    };
  });

  api.get('/sobjects/:object', (request) => ({
    objectDescribe: objectSummary(objectOfPath(request), versionOf(request)),
    recentItems: [],
  }));

  api.get('/sobjects/:object/describe', async (request, reply) => {
    const { org } = sessionOf(request);
    const object = objectOfPath(request);
    if (isUnchanged(request, reply, org.changedAt.get(object.name.toLowerCase()) ?? 0)) return reply.status(304).send();
    return describeObject(org, object, { version: versionOf(request), recordTypes: await recordTypesOf(org, object) });
  });
}
