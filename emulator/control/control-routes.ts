import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setCanvasUrl } from '../canvas/apps.ts';
import type { EmulatorContext } from '../context.ts';
import { findField, type FieldDefinition, type ObjectDefinition } from '../data/definition.ts';
import { identifier } from '../data/sql.ts';
import { addRedirectUri } from '../oauth/apps.ts';
import { orgNow } from '../oauth/people.ts';
import { findObject, orgByName, type Org } from '../org.ts';
import { faultProblem, type FaultRule } from './faults.ts';
import { putField, removeField } from './metadata.ts';
import { requestLogPage } from './request-log-page.ts';

/** A refusal of a control route, in words for whoever wrote the test. */
class ControlError extends Error {
  readonly statusCode = 400;
}

interface ClockBody {
  /** Moves the clock by so many milliseconds more than it is moved already. */
  readonly advanceMs?: number;
  /** Stops the clock at this instant; null lets it run again. */
  readonly freezeAt?: string | null;
}

/** Out-of-band routes under `/__emulator`: tests look and change here, clients never do. */
export function controlRoutes(server: FastifyInstance, context: EmulatorContext): void {
  const { pool, orgs, faults, requestLog } = context;

  const orgOf = (request: FastifyRequest): Org => {
    const { org: name = '' } = request.params as Readonly<Record<string, string | undefined>>;
    const org = orgByName(orgs, name);
    if (org === undefined)
      throw new ControlError(
        `There is no org "${name}". Known: ${[...orgs.values()].map((one) => one.name).join(', ')}.`,
      );
    return org;
  };
  const objectOf = (request: FastifyRequest): ObjectDefinition => {
    const { object: name = '' } = request.params as Readonly<Record<string, string | undefined>>;
    const object = findObject(orgOf(request), name);
    if (object === undefined) throw new ControlError(`The org has no object "${name}".`);
    return object;
  };
  const done = (reply: FastifyReply): FastifyReply => reply.status(204).send();

  server.get('/__emulator/status', async () => ({
    orgs: await Promise.all(
      [...orgs.values()].map(async (org) => ({
        id: org.id,
        name: org.name,
        schema: org.schema,
        now: (await orgNow(pool, org)).toISOString(),
        apiCalls: org.usage.used,
        apiLimit: org.usage.limit,
      })),
    ),
    faults: faults.all(),
  }));

  server.post('/__emulator/apps', async (request, reply) => {
    const { clientId, redirectUri, canvasUrl } = request.body as Record<string, string> & { clientId: string };
    if (redirectUri !== undefined) await addRedirectUri(pool, clientId, redirectUri);
    if (canvasUrl !== undefined) await setCanvasUrl(pool, clientId, canvasUrl);
    return done(reply);
  });

  server.get('/__emulator/requests', (request, reply) => {
    const { path, fault } = request.query as Readonly<Record<string, string | undefined>>;
    const pattern = new RegExp(path ?? '');
    const chosen = requestLog
      .all()
      .filter((entry) => pattern.test(entry.path) && (fault === undefined || entry.fault === fault));
    if (request.headers.accept?.includes('text/html') !== true) return chosen;
    return reply.type('text/html; charset=UTF-8').send(requestLogPage(chosen));
  });
  server.delete('/__emulator/requests', (_request, reply) => {
    requestLog.clear();
    return done(reply);
  });

  server.get('/__emulator/faults', () => faults.all());
  server.post('/__emulator/faults', (request) => {
    const { times = 1, ...rule } = (request.body ?? {}) as FaultRule & { times?: number };
    const problem = faultProblem(rule);
    if (problem !== undefined) throw new ControlError(problem);
    return faults.add(rule, times);
  });
  server.delete('/__emulator/faults/:id', (request, reply) => {
    const { id } = request.params as { id: string };
    if (!faults.remove(Number(id))) throw new ControlError(`There is no fault "${id}"; it may be spent.`);
    return done(reply);
  });
  server.delete('/__emulator/faults', (_request, reply) => {
    faults.clear();
    return done(reply);
  });

  server.post('/__emulator/orgs/:org/clock', async (request) => {
    const org = orgOf(request);
    const { advanceMs = 0, freezeAt } = request.body as ClockBody;
    const clock = `${identifier(org.schema)}.emulator_clock`;
    await pool.query(
      `UPDATE ${clock} SET ahead = ahead + $1 * interval '1 millisecond', frozen_at = frozen_at + $1 * interval '1 millisecond'`,
      [advanceMs],
    );
    if (freezeAt !== undefined) await pool.query(`UPDATE ${clock} SET frozen_at = $1`, [freezeAt]);
    return { now: (await orgNow(pool, org)).toISOString() };
  });

  server.post('/__emulator/orgs/:org/limits', (request, reply) => {
    const { usage } = orgOf(request);
    const { used, limit, concurrentLimit } = request.body as {
      used?: number;
      limit?: number;
      concurrentLimit?: number;
    };
    Object.assign(usage, {
      used: used ?? usage.used,
      limit: limit ?? usage.limit,
      concurrentLimit: concurrentLimit ?? usage.concurrentLimit,
    });
    return done(reply);
  });

  server.post('/__emulator/orgs/:org/expire-sessions', async (request) => {
    const { rowCount } = await pool.query(
      'UPDATE emulator.session SET revoked_at = now() WHERE org_id = $1 AND revoked_at IS NULL',
      [orgOf(request).id],
    );
    return { sessions: rowCount };
  });

  server.post('/__emulator/orgs/:org/revoke-grants', async (request) => {
    const { username = null } = (request.body ?? {}) as { username?: string | null };
    const { rowCount } = await pool.query(
      `UPDATE emulator.access_grant SET revoked_at = now() WHERE org_id = $1 AND revoked_at IS NULL
         AND ($2::text IS NULL OR user_id = (SELECT user_id FROM emulator.login WHERE username = lower($2)))`,
      [orgOf(request).id, username],
    );
    return { grants: rowCount };
  });

  server.post('/__emulator/orgs/:org/freeze-user', async (request, reply) => {
    const { username, frozen } = request.body as { username: string; frozen: boolean };
    await pool.query('UPDATE emulator.login SET frozen = $2 WHERE username = lower($1) AND org_id = $3', [
      username,
      frozen,
      orgOf(request).id,
    ]);
    return done(reply);
  });

  /** Runs changes in one transaction, with the org's schema in front. */
  server.post('/__emulator/orgs/:org/mutate', async (request) => {
    const org = orgOf(request);
    const { statements } = request.body as { statements: { sql: string; parameters?: unknown[] }[] };
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SET LOCAL search_path = ${identifier(org.schema)}`);
      const rows: (number | null)[] = [];
      for (const { sql, parameters = [] } of statements) rows.push((await client.query(sql, parameters)).rowCount);
      await client.query('COMMIT');
      return { rows };
    } catch (error) {
      await client.query('ROLLBACK');
      throw new ControlError(error instanceof Error ? error.message : String(error));
    } finally {
      client.release();
    }
  });

  server.get('/__emulator/orgs/:org/objects/:object', (request) => objectOf(request));
  server.put('/__emulator/orgs/:org/objects/:object/fields/:field', async (request, reply) => {
    const object = objectOf(request);
    const { field: name } = request.params as { field: string };
    const known = findField(object, name);
    const given = request.body as Partial<FieldDefinition>;
    if (known === undefined && given.type === undefined)
      throw new ControlError(`Field "${name}" is new, so its definition needs a type.`);
    const blank = {
      label: name,
      type: 'string',
      length: 255,
      precision: 0,
      scale: 0,
      nillable: true,
      createable: true,
      updateable: true,
    } as const;
    await putField(pool, orgOf(request), object, { ...blank, ...known, ...given, name: known?.name ?? name });
    return done(reply);
  });
  server.delete('/__emulator/orgs/:org/objects/:object/fields/:field', async (request, reply) => {
    const { field } = request.params as { field: string };
    await removeField(pool, orgOf(request), objectOf(request), field);
    return done(reply);
  });
}
