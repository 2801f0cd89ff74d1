import type { CompiledField, CompiledJob } from '../../domain/compiled-job.ts';
import {
  ident,
  idColumn,
  isDeleted,
  literal,
  qualified,
  sfid,
  stageTable,
  stampValue,
  type PageOwner,
  type PageStatement,
} from './page-sql.ts';
import { typedValue } from './typed-value.ts';

/** Session tables of one page of contacts; empty after each commit. */
export const createContactStage = `
  CREATE TEMPORARY TABLE IF NOT EXISTS contact_page (
    contact_id text, stamp timestamptz, identity_key text, attributes jsonb, old_person_id uuid
  ) ON COMMIT DELETE ROWS;
  CREATE TEMPORARY TABLE IF NOT EXISTS person_page (id uuid, created boolean, identity_key text) ON COMMIT DELETE ROWS`;

/** A value of the person as text, whatever its type: jsonb has no arrays of PostgreSQL and no dates. */
const attribute = ({ column, ...value }: CompiledField): string => {
  const typed = `${typedValue(value)}${value.type === 'text' ? '' : '::text'}`;
  return `${literal(column)}, ${column === 'email' ? `nullif(lower(btrim(${typed})), '')` : typed}`;
};

/**
 * Decides which person each new or changed contact is, and recomputes the persons it touches.
 *
 * Contacts with the same normalized e-mail are one person; a contact without e-mail is a person of its own. A contact that is its person's only one
 * takes the person along to its new e-mail; any other moves. A person has the attributes of its newest contact (SystemModstamp, then Id), whatever
 * the order of the pages: touched persons are locked first and recomputed by a statement of its own, which sees what a parallel page committed.
 */
export function personStatements(job: CompiledJob, owner: PageOwner): PageStatement[] {
  const connection = literal(owner.connectionId);
  const person = qualified(job, 'person');
  const identity = qualified(job, 'external_identity');
  const mine = (alias: string): string =>
    `${alias}.connection_id = ${connection} AND ${alias}.object = ${literal(job.object)}`;
  const columns = job.personFields.map(({ column }) => column);
  /** The person columns out of a contact's attributes, each with a comma before it. */
  const attributesOf = (source: string): string =>
    job.personFields
      .map(({ column, type }) => `, (${source}.attributes ->> ${literal(column)})::${type} AS ${ident(column)}`)
      .join('');
  return [
    {
      name: 'read contacts',
      sql: `
    INSERT INTO contact_page (contact_id, stamp, identity_key, attributes, old_person_id)
    SELECT i.contact_id, i.stamp, coalesce(i.attributes ->> 'email', 'contact:' || i.contact_id), i.attributes, e.local_id
    FROM (
      SELECT DISTINCT ON (contact_id COLLATE "C") contact_id, stamp, attributes
      FROM (
        SELECT ${sfid('c1')} AS contact_id, ${stampValue(job)} AS stamp,
          jsonb_strip_nulls(jsonb_build_object(${job.personFields.map(attribute).join(', ')})) AS attributes
        FROM ${stageTable(job)} WHERE NOT ${isDeleted(job)}
      ) AS read
      ORDER BY contact_id COLLATE "C", stamp DESC NULLS LAST
    ) AS i
    LEFT JOIN LATERAL (SELECT * FROM ${identity} AS e WHERE ${mine('e')} AND e.external_id = i.contact_id OFFSET 0) AS e ON true
    WHERE (e.source_modstamp <= i.stamp) IS NOT FALSE
      AND (e.source_modstamp IS DISTINCT FROM i.stamp OR e.deleted_at IS NOT NULL OR e.attributes IS DISTINCT FROM i.attributes)`,
    },
    {
      // From here on nobody else moves them; what was moved since we read it makes the page start over. Without OFFSET 0 the condition would be
      // asked of the rows as they were before the lock.
      name: 'hold contacts',
      sql: `
    SELECT count(*) AS moved FROM (
      SELECT e.local_id, e.source_modstamp, c.old_person_id, c.stamp
      FROM contact_page AS c JOIN ${identity} AS e ON ${mine('e')} AND e.external_id = c.contact_id
      WHERE c.old_person_id IS NOT NULL ORDER BY e.external_id COLLATE "C" OFFSET 0 FOR UPDATE OF e
    ) AS held WHERE held.local_id <> held.old_person_id OR held.source_modstamp > held.stamp`,
    },
    {
      // A page that links another contact to one of them has either committed and is seen now, or finds the key changed when it locks the person.
      name: 'hold persons that may move',
      sql: `
    SELECT FROM ${person} AS p WHERE p.id IN (
      SELECT c.old_person_id FROM contact_page AS c JOIN ${person} AS old ON old.id = c.old_person_id WHERE old.identity_key <> c.identity_key
    ) ORDER BY p.id FOR UPDATE`,
    },
    {
      name: 'take persons along',
      sql: `
    UPDATE ${person} AS p SET identity_key = n.identity_key, updated_at = now()
    FROM (
      SELECT DISTINCT ON (c.identity_key COLLATE "C") c.identity_key, c.old_person_id
      FROM contact_page AS c JOIN ${person} AS old ON old.id = c.old_person_id
      WHERE old.identity_key <> c.identity_key
        AND NOT EXISTS (SELECT FROM ${person} AS q WHERE q.connection_id = ${connection} AND q.identity_key = c.identity_key)
        AND NOT EXISTS (SELECT FROM ${identity} AS o WHERE o.local_id = c.old_person_id AND o.external_id <> c.contact_id AND o.deleted_at IS NULL)
      ORDER BY c.identity_key COLLATE "C", c.contact_id COLLATE "C"
    ) AS n
    WHERE p.id = n.old_person_id`,
    },
    {
      name: 'create persons',
      sql: `
    WITH created AS (
      INSERT INTO ${person} (connection_id, identity_key, ${[...columns.map(ident), 'source_modstamp'].join(', ')})
      SELECT ${connection}::uuid, n."#key", ${columns
        .map((column) => `n.${ident(column)}`)
        .concat('n."#stamp"')
        .join(', ')}
      FROM (
        SELECT DISTINCT ON (c.identity_key COLLATE "C") c.identity_key AS "#key", c.identity_key COLLATE "C" AS "#ordered", c.stamp AS "#stamp"
          ${attributesOf('c')}
        FROM contact_page AS c
        ORDER BY c.identity_key COLLATE "C", c.stamp DESC NULLS LAST, c.contact_id COLLATE "C" DESC
      ) AS n
      LEFT JOIN LATERAL (SELECT q.id FROM ${person} AS q WHERE q.connection_id = ${connection} AND q.identity_key = n."#key" OFFSET 0) AS q ON true
      WHERE q.id IS NULL
      ORDER BY n."#ordered"
      ON CONFLICT (connection_id, identity_key) DO NOTHING
      RETURNING id
    )
    INSERT INTO person_page (id, created) SELECT id, true FROM created`,
    },
    {
      // A statement of its own: it sees the persons that a parallel page committed while we waited for it.
      name: 'link contacts',
      sql: `
    WITH linked AS (
      INSERT INTO ${identity} AS e (connection_id, object, external_id, local_id, source_modstamp, attributes)
      SELECT ${connection}::uuid, ${literal(job.object)}, c.contact_id, p.id, c.stamp, c.attributes
      FROM contact_page AS c
      JOIN LATERAL (SELECT q.id FROM ${person} AS q WHERE q.connection_id = ${connection} AND q.identity_key = c.identity_key OFFSET 0) AS p ON true
      ORDER BY c.contact_id COLLATE "C"
      ON CONFLICT (connection_id, object, external_id) DO UPDATE SET
        local_id = excluded.local_id, source_modstamp = excluded.source_modstamp, attributes = excluded.attributes, deleted_at = NULL
      WHERE (e.source_modstamp <= excluded.source_modstamp) IS NOT FALSE
      RETURNING e.local_id, coalesce(e.attributes ->> 'email', 'contact:' || e.external_id) AS identity_key, (e.xmax = 0) AS inserted
    ), noted AS (
      INSERT INTO person_page
      SELECT id, false, identity_key FROM (
        SELECT local_id AS id, identity_key FROM linked UNION SELECT old_person_id, NULL FROM contact_page WHERE old_person_id IS NOT NULL
      ) AS t
      WHERE NOT EXISTS (SELECT FROM person_page AS p WHERE p.id = t.id)
    )
    SELECT count(*) FILTER (WHERE inserted) AS inserted, count(*) FILTER (WHERE NOT inserted) AS updated,
      ((SELECT count(*) FROM contact_page WHERE old_person_id IS NULL) - count(*) FILTER (WHERE inserted)) AS moved
    FROM linked`,
    },
    ...(job.isDeleted === undefined || job.onDelete === 'ignore'
      ? []
      : [
          {
            name: 'unlink deleted contacts',
            sql: `
    WITH gone AS (
      UPDATE ${identity} AS e SET deleted_at = coalesce(d.stamp, now()), source_modstamp = d.stamp
      FROM (SELECT ${sfid('c1')} AS contact_id, max(${stampValue(job)}) AS stamp FROM ${stageTable(job)} WHERE ${isDeleted(job)} GROUP BY 1) AS d
      WHERE ${mine('e')} AND e.external_id = d.contact_id AND (e.source_modstamp <= d.stamp) IS NOT FALSE
        AND (e.deleted_at IS NULL OR e.source_modstamp < d.stamp)
      RETURNING e.local_id
    ), noted AS (
      INSERT INTO person_page (id, created) SELECT DISTINCT local_id, false FROM gone
    )
    SELECT count(*) AS deleted FROM gone`,
          },
        ]),
    {
      name: 'lock persons',
      sql: `
    SELECT count(*) AS moved FROM (
      SELECT p.identity_key, t.identity_key AS expected FROM person_page AS t JOIN ${person} AS p ON p.id = t.id
      WHERE NOT t.created ORDER BY p.id OFFSET 0 FOR UPDATE OF p
    ) AS held WHERE held.identity_key <> held.expected`,
    },
    {
      name: 'recompute persons',
      sql: `
    UPDATE ${person} AS p SET ${columns.map((column) => `${ident(column)} = CASE WHEN n."#alive" THEN n.${ident(column)} ELSE p.${ident(column)} END, `).join('')}
      source_modstamp = CASE WHEN n."#alive" THEN n."#stamp" ELSE p.source_modstamp END,
      deleted_at = CASE WHEN n."#alive" THEN NULL ELSE coalesce(p.deleted_at, now()) END, updated_at = now()
    FROM (
      SELECT t.id AS "#id", newest.external_id IS NOT NULL AS "#alive", newest.source_modstamp AS "#stamp"${attributesOf('newest')}
      FROM (SELECT DISTINCT id FROM person_page WHERE NOT created) AS t
      LEFT JOIN LATERAL (
        SELECT e.* FROM ${identity} AS e WHERE e.local_id = t.id AND e.deleted_at IS NULL
        ORDER BY e.source_modstamp DESC NULLS LAST, e.external_id COLLATE "C" DESC LIMIT 1
      ) AS newest ON true
    ) AS n
    WHERE p.id = n."#id" AND (n."#alive" = (p.deleted_at IS NOT NULL) OR n."#alive" AND (p.source_modstamp IS DISTINCT FROM n."#stamp"${columns
      .map((column) => ` OR p.${ident(column)} IS DISTINCT FROM n.${ident(column)}`)
      .join('')}))`,
    },
  ];
}

/** A contact that became another person takes its role along, even when nothing of the role itself has changed. */
export const moveRoles = (job: CompiledJob, owner: PageOwner): PageStatement => ({
  name: 'move roles',
  sql: `
    UPDATE ${qualified(job, job.table)} AS t SET person_id = e.local_id, updated_at = now()
    FROM contact_page AS c
    JOIN ${qualified(job, 'external_identity')} AS e
      ON e.connection_id = ${literal(owner.connectionId)} AND e.object = ${literal(job.object)} AND e.external_id = c.contact_id
    WHERE c.old_person_id <> e.local_id AND t.connection_id = ${literal(owner.connectionId)}
      AND t.${ident(idColumn(job) ?? '')} = c.contact_id AND t.person_id <> e.local_id`,
});
