import type { FastifyInstance, FastifyRequest } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { ApiError } from '../api-error.ts';
import type { EmulatorContext } from '../context.ts';
import { faultOf } from '../control/apply-fault.ts';
import { columnType } from '../data/column.ts';
import { findField, hasField, type FieldDefinition, type ObjectDefinition } from '../data/definition.ts';
import { identifier } from '../data/sql.ts';
import { apiError, MESSAGES } from '../error-strings.ts';
import type { LiveSession } from '../oauth/sessions.ts';
import { normalizeId } from '../salesforce-id.ts';
import { parameterBinder } from '../soql/binder.ts';
import { compileSoql } from '../soql/compile-soql.ts';
import { recordJsonSql } from '../soql/record-json.ts';
import { sessionOf, versionOf } from './data-api.ts';
import { objectOfPath } from './describe-routes.ts';
import { toStored } from './stored-value.ts';

/** @throws ApiError NOT_FOUND */
function idOfPath(request: FastifyRequest, object: ObjectDefinition): string {
  const { id: text = '' } = request.params as Readonly<Record<string, string | undefined>>;
  const id = normalizeId(text);
  if (id === undefined || !id.startsWith(object.keyPrefix)) throw apiError('notFound');
  return id;
}

/** @throws ApiError INVALID_FIELD, INVALID_FIELD_FOR_INSERT_UPDATE, STRING_TOO_LONG, JSON_PARSER_ERROR */
function changesOf(
  request: FastifyRequest,
  object: ObjectDefinition,
  may: 'createable' | 'updateable',
): Map<FieldDefinition, string | null> {
  const { body } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw apiError('jsonParser');
  const changes = new Map<FieldDefinition, string | null>();
  for (const [name, value] of Object.entries(body)) {
    if (name === 'attributes') continue;
    const field = findField(object, name);
    if (field === undefined) throw new ApiError(400, 'INVALID_FIELD', MESSAGES.noColumnOnSobject(name, object.name));
    if (!field[may])
      throw new ApiError(400, 'INVALID_FIELD_FOR_INSERT_UPDATE', MESSAGES.readOnly([field.name]), [field.name]);
    changes.set(field, toStored(field, value));
  }
  return changes;
}

function assertComplete(
  object: ObjectDefinition,
  changes: ReadonlyMap<FieldDefinition, string | null>,
  creating: boolean,
): void {
  const missing = object.fields.filter((field) => {
    if (field.nillable || !field.createable) return false;
    const given = changes.get(field);
    return (
      given === null ||
      (creating && given === undefined && field.columnDefault === undefined && field.type !== 'boolean')
    );
  });
  if (missing.length === 0) return;
  const names = missing.map((field) => field.name);
  throw new ApiError(400, 'REQUIRED_FIELD_MISSING', MESSAGES.requiredMissing(names), names);
}

/** Reads, makes, changes and deletes one record. */
export function recordRoutes(api: FastifyInstance, { pool }: EmulatorContext): void {
  const tableOf = (session: LiveSession, object: ObjectDefinition): string =>
    `${identifier(session.org.schema)}.${identifier(object.name)}`;

  /** Runs a change in the name of the session's user. */
  const asUser = async <T>(request: FastifyRequest, work: (client: PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SELECT set_config('emulator.user_id', $1, true)`, [sessionOf(request).userId]);
      const result = await work(client);
      const lag = faultOf(request, 'slowCommit');
      if (lag !== undefined) await delay(lag.ms);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  };

  api.get('/sobjects/:object/:id', async (request, reply) => {
    const session = sessionOf(request);
    const object = objectOfPath(request);
    const id = idOfPath(request, object);
    const { fields } = request.query as Readonly<Record<string, string | undefined>>;
    const names = fields?.split(',').map((name) => name.trim()) ?? object.fields.map((field) => field.name);
    const compiled = compileSoql({
      org: session.org,
      soql: `SELECT ${names.join(', ')} FROM ${object.name} WHERE Id = '${id}'`,
      includeDeleted: true,
      now: session.now,
      binder: parameterBinder(),
    });
    const deleted = hasField(object, 'IsDeleted') ? `${compiled.alias}."IsDeleted"` : 'false';
    const { rows } = await pool.query<{ record: string; deleted: boolean }>(
      `SELECT ${recordJsonSql(compiled, versionOf(request))} AS record, ${deleted} AS deleted FROM ${compiled.from} WHERE ${compiled.where}`,
      [...compiled.parameters],
    );
    if (rows[0] === undefined) throw apiError('notFound');
    if (rows[0].deleted) throw apiError('deleted');
    return reply.type('application/json;charset=UTF-8').send(rows[0].record);
  });

  api.post('/sobjects/:object', async (request, reply) => {
    const session = sessionOf(request);
    const object = objectOfPath(request);
    if (!object.createable) throw apiError('methodNotAllowed');
    const changes = changesOf(request, object, 'createable');
    assertComplete(object, changes, true);
    const given = [...changes].filter(([, value]) => value !== null);
    const columns = given.map(([field]) => identifier(field.name));
    const values = given.map(([field], index) => `$${index + 1}::${columnType(field.type).split(' ')[0] ?? 'text'}`);
    const { rows } = await asUser(request, (client) =>
      client.query<{ Id: string }>(
        `INSERT INTO ${tableOf(session, object)} ${columns.length === 0 ? 'DEFAULT VALUES' : `(${columns.join(', ')}) VALUES (${values.join(', ')})`} RETURNING "Id"`,
        given.map(([, value]) => value),
      ),
    );
    return reply.status(201).send({ id: rows[0]?.Id, success: true, errors: [] });
  });

  api.patch('/sobjects/:object/:id', async (request, reply) => {
    const session = sessionOf(request);
    const object = objectOfPath(request);
    const id = idOfPath(request, object);
    if (!object.updateable) throw apiError('methodNotAllowed');
    const changes = [...changesOf(request, object, 'updateable')];
    assertComplete(object, new Map(changes), false);
    const sets = changes.map(
      ([field], index) =>
        `${identifier(field.name)} = $${index + 2}::${columnType(field.type).split(' ')[0] ?? 'text'}`,
    );
    // A PATCH without fields still counts as a change of the record.
    const set = sets.length === 0 ? '"Id" = "Id"' : sets.join(', ');
    const alive = hasField(object, 'IsDeleted') ? 'AND NOT "IsDeleted"' : '';
    const { rowCount } = await asUser(request, (client) =>
      client.query(`UPDATE ${tableOf(session, object)} SET ${set} WHERE "Id" = $1 ${alive}`, [
        id,
        ...changes.map(([, value]) => value),
      ]),
    );
    if (rowCount === 0) throw apiError('deleted');
    return reply.status(204).send();
  });

  api.delete('/sobjects/:object/:id', async (request, reply) => {
    const session = sessionOf(request);
    const object = objectOfPath(request);
    const id = idOfPath(request, object);
    if (!object.deletable) throw apiError('methodNotAllowed');
    const { rowCount } = await asUser(request, (client) =>
      client.query(`UPDATE ${tableOf(session, object)} SET "IsDeleted" = true WHERE "Id" = $1 AND NOT "IsDeleted"`, [
        id,
      ]),
    );
    if (rowCount === 0) throw apiError('deleted');
    return reply.status(204).send();
  });
}
