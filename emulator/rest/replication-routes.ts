import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { EmulatorContext } from '../context.ts';
import { hasField, type ObjectDefinition } from '../data/definition.ts';
import { identifier } from '../data/sql.ts';
import { apiError } from '../error-strings.ts';
import type { LiveSession } from '../oauth/sessions.ts';
import { objectOfPath } from './describe-routes.ts';
import { sessionOf } from './data-api.ts';

const DAY_MS = 24 * 3_600_000;
/** How far back the two calls look. */
const UPDATED_DAYS = 30;
const DELETED_DAYS = 15;

/** Seconds are ignored, as the documentation says. */
const toMinute = (time: number): number => Math.floor(time / 60_000) * 60_000;

const restDate = (date: Date): string => date.toISOString().replace('Z', '+0000');

/** @throws ApiError INVALID_REPLICATION_DATE */
function windowOf(request: FastifyRequest, session: LiveSession, days: number): { start: Date; end: Date } {
  const { start = '', end = '' } = request.query as Readonly<Record<string, string | undefined>>;
  // A `+` that a client left unescaped arrives as a space.
  const [from, to] = [start, end].map((text) =>
    toMinute(Date.parse(text.replace(' ', '+').replace(/\+(\d\d)(\d\d)$/, '+$1:$2'))),
  );
  if (from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(to))
    throw apiError('replicationParameters');
  if (to - from < 60_000) throw apiError('replicationDate');
  if (from < toMinute(session.now.getTime()) - days * DAY_MS) throw apiError('replicationStart');
  return { start: new Date(from), end: new Date(to) };
}

/** Lists of changed and deleted ids, with the time up to which they are complete. */
export function replicationRoutes(api: FastifyInstance, { pool }: EmulatorContext): void {
  /**
   * Up to when nothing can turn up late: the end of the window, or the start of the oldest transaction that is still writing to the
   * object's table, on the org's clock.
   */
  const latestDateCovered = async (session: LiveSession, object: ObjectDefinition, end: Date): Promise<Date> => {
    const table = `${identifier(session.org.schema)}.${identifier(object.name)}`;
    const { rows } = await pool.query<{ oldest: Date | null }>(
      `SELECT ${identifier(session.org.schema)}.emulator_time_of(min(activity.xact_start)) AS oldest
       FROM pg_locks locks JOIN pg_stat_activity activity ON activity.pid = locks.pid
       WHERE locks.relation = $1::regclass AND locks.mode = 'RowExclusiveLock' AND locks.granted AND activity.pid <> pg_backend_pid()`,
      [table],
    );
    const oldest = rows[0]?.oldest ?? null;
    const until = Math.min(end.getTime(), session.now.getTime(), oldest?.getTime() ?? Number.POSITIVE_INFINITY);
    return new Date(toMinute(until));
  };

  api.get('/sobjects/:object/updated', async (request) => {
    const session = sessionOf(request);
    const object = objectOfPath(request);
    const { start, end } = windowOf(request, session, UPDATED_DAYS);
    // Asked before the rows are read, so that it never promises more than they hold.
    const covered = await latestDateCovered(session, object, end);
    const notDeleted = hasField(object, 'IsDeleted') ? 'AND NOT "IsDeleted"' : '';
    const own = session.org.ownRowsOf !== undefined && hasField(object, 'OwnerId') ? 'AND "OwnerId" = $3' : '';
    const { rows } = await pool.query<{ id: string }>(
      `SELECT "Id" AS id FROM ${identifier(session.org.schema)}.${identifier(object.name)}
       WHERE "SystemModstamp" >= $1 AND "SystemModstamp" < $2 ${notDeleted} ${own} ORDER BY "SystemModstamp", "Id"`,
      [start, end, ...(own === '' ? [] : [session.org.ownRowsOf])],
    );
    return { ids: rows.map((row) => row.id), latestDateCovered: restDate(covered) };
  });

  api.get('/sobjects/:object/deleted', async (request) => {
    const session = sessionOf(request);
    const object = objectOfPath(request);
    const { start, end } = windowOf(request, session, DELETED_DAYS);
    const covered = await latestDateCovered(session, object, end);
    const { rows } = await pool.query<{ id: string; deleted: Date }>(
      `SELECT id, deleted_at AS deleted FROM ${identifier(session.org.schema)}.emulator_deleted
       WHERE object = $1 AND deleted_at >= $2 AND deleted_at < $3 ORDER BY deleted_at, id`,
      [object.name, start, end],
    );
    return {
      deletedRecords: rows.map((row) => ({ deletedDate: restDate(row.deleted), id: row.id })),
      earliestDateAvailable: restDate(new Date(toMinute(session.now.getTime() - DELETED_DAYS * DAY_MS))),
      latestDateCovered: restDate(covered),
    };
  });
}
