import type { FastifyInstance } from 'fastify';
import { dbOf } from '../composite/change-as.ts';
import type { EmulatorContext } from '../context.ts';
import { hasField, type ObjectDefinition } from '../data/definition.ts';
import { identifier } from '../data/sql.ts';
import { nameColumn } from '../records/record-writer.ts';
import { sessionOf, versionOf } from './data-api.ts';

const MOST_ITEMS = 200;
/** Days an item counts as recent. */
const RECENT_DAYS = 30;

const isShown = (object: ObjectDefinition): boolean => object.createable && object.name !== 'User';

/** What the user worked with lately. An org lists what was viewed; here it is what the user changed. */
export function recentRoutes(api: FastifyInstance, context: EmulatorContext): void {
  api.get('/recent', async (request) => {
    const { org, userId, now } = sessionOf(request);
    const { limit } = request.query as Readonly<Record<string, string | undefined>>;
    const selects = [...org.objects.values()].filter(isShown).map((object) => {
      const alive = hasField(object, 'IsDeleted') ? 'AND NOT "IsDeleted"' : '';
      return `(SELECT '${object.name}' AS type, "Id" AS id, ${nameColumn(object)} AS name, "LastModifiedDate" AS changed
        FROM ${identifier(org.schema)}.${identifier(object.name)}
        WHERE "LastModifiedById" = $1 AND "SystemModstamp" >= $2::timestamptz - interval '${RECENT_DAYS} days' ${alive})`;
    });
    const { rows } = await dbOf(context, request).query<{ type: string; id: string; name: string }>(
      `SELECT type, id, name FROM (${selects.join(' UNION ALL ')}) items ORDER BY changed DESC, id LIMIT $3`,
      [userId, now, Math.min(MOST_ITEMS, Number(limit) || MOST_ITEMS)],
    );
    return rows.map(({ type, id, name }) => ({
      attributes: { type, url: `/services/data/v${versionOf(request)}/sobjects/${type}/${id}` },
      Id: id,
      Name: name,
    }));
  });
}
