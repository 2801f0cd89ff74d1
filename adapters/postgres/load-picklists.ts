import type { DropdownList } from '../../domain/picklists.ts';
import type { RowCounts } from '../../domain/run.ts';
import { commitPage, type PageMark } from './commit-page.ts';
import { ident } from './page-sql.ts';
import { inTransaction, type Pool } from './pool.ts';

export interface LoadPicklistsInput extends PageMark {
  readonly schema: string;
  readonly lists: readonly DropdownList[];
  /** Every `Object.Field` the job names: of these, what the org no longer has becomes inactive. */
  readonly named: readonly { readonly object: string; readonly field: string }[];
}

/**
 * Writes drop-down lists and their items, and returns what became of the items.
 *
 * A renamed label updates its item; a value or list that the org no longer offers becomes inactive and is never deleted, since rows may still hold
 * it. Unchanged items are not written. One page as any other: fenced, and of effect once.
 */
export async function loadPicklists(pool: Pool, input: LoadPicklistsInput): Promise<RowCounts> {
  const { schema, lists, named } = input;
  const { connectionId } = input.owner;
  const list = `${ident(schema)}.dropdown_list`;
  const item = `${ident(schema)}.dropdown_item`;
  return inTransaction(pool, async (client) => {
    await client.query(
      `INSERT INTO ${list} AS l (connection_id, source_object, source_field, name, variant, restricted, controller_field)
       SELECT $1, source_object, source_field, name, variant, restricted, controller_field
       FROM jsonb_to_recordset($2::jsonb) AS n(source_object text, source_field text, name text, variant text, restricted boolean, controller_field text)
       ORDER BY source_object, source_field
       ON CONFLICT (connection_id, source_object, source_field) DO UPDATE SET name = excluded.name, variant = excluded.variant,
         restricted = excluded.restricted, controller_field = excluded.controller_field, active = true, updated_at = now()
       WHERE (l.name, l.variant, l.restricted, l.controller_field, l.active)
         IS DISTINCT FROM (excluded.name, excluded.variant, excluded.restricted, excluded.controller_field, true)`,
      [connectionId, JSON.stringify(lists)],
    );
    const written = await client.query<{ inserted: string; updated: string }>(
      `WITH offered AS (
         SELECT l.id AS list_id, i.value, i.label, i.active, i.is_default, i.display_order,
           CASE WHEN jsonb_typeof(i.valid_for) = 'array' THEN ARRAY(SELECT jsonb_array_elements_text(i.valid_for)) END AS valid_for
         FROM jsonb_to_recordset($2::jsonb) AS n(source_object text, source_field text, items jsonb)
         JOIN ${list} AS l ON l.connection_id = $1 AND l.source_object = n.source_object AND l.source_field = n.source_field,
         jsonb_to_recordset(n.items) AS i(value text, label text, active boolean, is_default boolean, display_order integer, valid_for jsonb)
       ), written AS (
         INSERT INTO ${item} AS t (connection_id, list_id, value, label, active, is_default, display_order, valid_for)
         SELECT $1, list_id, value, label, active, is_default, display_order, valid_for FROM offered AS o
         WHERE NOT EXISTS (SELECT FROM ${item} AS was WHERE was.list_id = o.list_id AND was.value = o.value
           AND (was.label, was.active, was.is_default, was.display_order, was.valid_for)
             IS NOT DISTINCT FROM (o.label, o.active, o.is_default, o.display_order, o.valid_for))
         ORDER BY list_id, value
         ON CONFLICT (list_id, value) DO UPDATE SET label = excluded.label, active = excluded.active, is_default = excluded.is_default,
           display_order = excluded.display_order, valid_for = excluded.valid_for, updated_at = now()
         RETURNING (t.xmax = 0) AS inserted
       )
       SELECT count(*) FILTER (WHERE inserted) AS inserted, count(*) FILTER (WHERE NOT inserted) AS updated FROM written`,
      [connectionId, JSON.stringify(lists)],
    );
    const ended = await client.query<{ deleted: string }>(
      `WITH named AS (SELECT object, field FROM jsonb_to_recordset($3::jsonb) AS n(object text, field text)),
       offered AS (
         SELECT n.source_object, n.source_field, i.value
         FROM jsonb_to_recordset($2::jsonb) AS n(source_object text, source_field text, items jsonb), jsonb_to_recordset(n.items) AS i(value text)
       ), mine AS (
         SELECT l.id, l.source_object, l.source_field FROM ${list} AS l
         WHERE l.connection_id = $1 AND EXISTS (SELECT FROM named WHERE named.object = l.source_object AND named.field IN ('*', l.source_field))
       ), ended AS (
         UPDATE ${item} AS t SET active = false, updated_at = now() FROM mine
         WHERE t.list_id = mine.id AND t.active AND NOT EXISTS (SELECT FROM offered AS o
           WHERE o.source_object = mine.source_object AND o.source_field = mine.source_field AND o.value = t.value)
         RETURNING t.id
       ), closed AS (
         UPDATE ${list} AS l SET active = false, updated_at = now() FROM mine
         WHERE l.id = mine.id AND l.active AND NOT EXISTS (SELECT FROM jsonb_to_recordset($2::jsonb) AS n(source_object text, source_field text)
           WHERE n.source_object = l.source_object AND n.source_field = l.source_field)
       )
       SELECT count(*) AS deleted FROM ended`,
      [connectionId, JSON.stringify(lists), JSON.stringify(named)],
    );
    const read = lists.reduce((sum, { items }) => sum + items.length, 0);
    const inserted = Number(written.rows[0]?.inserted ?? 0);
    const updated = Number(written.rows[0]?.updated ?? 0);
    const deleted = Number(ended.rows[0]?.deleted ?? 0);
    const counts = { read, inserted, updated, deleted, rejected: 0, unchanged: read - inserted - updated };
    await commitPage(client, input, counts);
    return counts;
  });
}
