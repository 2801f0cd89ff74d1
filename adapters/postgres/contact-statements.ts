import type { CompiledJob } from '../../domain/compiled-job.ts';
import { contactSql, identityKey } from './contact-sql.ts';
import {
  hasDeletions,
  ident,
  idColumn,
  isDeleted,
  literal,
  newId,
  qualified,
  sfid,
  stageTable,
  stampValue,
  type PageOwner,
  type PageStatement,
} from './page-sql.ts';

/**
 * New and changed contacts of the page: the person that each has been so far, the person that has its key, or the id of one that may have to be made.
 * A contact that is older than what we have is left out.
 */
export function readContacts(job: CompiledJob, owner: PageOwner): PageStatement {
  const { connection, person, identity, mine, values, key, toAttributes } = contactSql(job, owner);
  const columns = job.personFields.map(({ column }) => ident(column));
  const differs = columns.map((column) => `p.${column} IS DISTINCT FROM i.${column}`).join(' OR ') || 'false';
  // Our own names begin with what no column of a person can.
  return {
    name: 'read contacts',
    sql: `
    INSERT INTO contact_page (contact_id, stamp, identity_key, attributes, old_person_id, key_person_id, new_person_id)
    SELECT i."#contact", i."#stamp", i."#key", ${toAttributes('i')}, e.local_id, q.id, CASE WHEN coalesce(e.local_id, q.id) IS NULL THEN ${newId} END
    FROM (
      SELECT DISTINCT ON ("#contact" COLLATE "C") *
      FROM (
        SELECT ${[`${sfid('c1')} AS "#contact"`, `${stampValue(job)} AS "#stamp"`, `${key} AS "#key"`, ...values].join(', ')}
        FROM ${stageTable(job)} WHERE NOT ${isDeleted(job)}
      ) AS read
      ORDER BY "#contact" COLLATE "C", "#stamp" DESC NULLS LAST
    ) AS i
    LEFT JOIN LATERAL (SELECT * FROM ${identity} AS e WHERE ${mine('e')} AND e.external_id = i."#contact" OFFSET 0) AS e ON true
    LEFT JOIN LATERAL (
      SELECT ${columns.join(', ')} FROM ${person} AS p WHERE e.attributes IS NULL AND p.id = e.local_id OFFSET 0
    ) AS p ON true
    LEFT JOIN LATERAL (
      SELECT q.id FROM ${person} AS q WHERE e.local_id IS NULL AND q.connection_id = ${connection} AND q.identity_key = i."#key" OFFSET 0
    ) AS q ON true
    WHERE (e.source_modstamp <= i."#stamp") IS NOT FALSE
      AND (e.source_modstamp IS DISTINCT FROM i."#stamp" OR e.deleted_at IS NOT NULL
        OR CASE WHEN e.attributes IS NULL THEN ${differs} ELSE e.attributes <> ${toAttributes('i')} END)`,
  };
}

/** The same of contacts that are all new, each with the id of a person that may have to be made. Their values stay in the staged rows. */
export function readNewContacts(job: CompiledJob, owner: PageOwner): PageStatement {
  const { key } = contactSql(job, owner);
  return {
    name: 'read new contacts',
    sql: `
    INSERT INTO contact_page (contact_id, stamp, identity_key, staged_row, new_person_id)
    SELECT contact_id, stamp, key, staged_row, ${newId}
    FROM (
      SELECT DISTINCT ON (contact_id COLLATE "C") *
      FROM (
        SELECT ${sfid('c1')} AS contact_id, ${stampValue(job)} AS stamp, ${key} AS key, ctid AS staged_row
        FROM ${stageTable(job)} WHERE NOT ${isDeleted(job)}
      ) AS read
      ORDER BY contact_id COLLATE "C", stamp DESC NULLS LAST
    ) AS i`,
  };
}

/**
 * Locks the contacts that we know: from here on nobody else moves them. What was moved since it was read makes the page start over. The condition
 * stands outside: within, it would be asked of the rows as they were before the lock.
 */
export function holdContacts(job: CompiledJob, owner: PageOwner): PageStatement {
  const { identity, mine } = contactSql(job, owner);
  return {
    name: 'hold contacts',
    sql: `
    SELECT count(*) AS moved
    FROM (SELECT * FROM contact_page WHERE old_person_id IS NOT NULL ORDER BY contact_id COLLATE "C" OFFSET 0) AS c
    CROSS JOIN LATERAL (
      SELECT e.local_id, e.source_modstamp FROM ${identity} AS e WHERE ${mine('e')} AND e.external_id = c.contact_id FOR UPDATE
    ) AS held
    WHERE held.local_id <> c.old_person_id OR held.source_modstamp > c.stamp`,
  };
}

/** Persons that this page has made: hashed, since looking each up again would cost as much as making it. */
const MADE = 'SELECT id FROM person_page WHERE created';

/** The person that has a key. */
const personOfKey = (job: CompiledJob, owner: PageOwner, key: string): string => {
  const { connection, person } = contactSql(job, owner);
  return `(SELECT q.id FROM ${person} AS q WHERE q.connection_id = ${connection} AND q.identity_key = ${key})`;
};

/**
 * Links every contact of the page to the person of its key, and notes the persons that are touched by it. A contact that was new and is there now, or
 * whose person is gone again, was moved by another page.
 */
export function linkContacts(job: CompiledJob, owner: PageOwner): PageStatement {
  const { connection, identity } = contactSql(job, owner);
  return {
    name: 'link contacts',
    sql: `
    WITH linked AS (
      INSERT INTO ${identity} AS e (connection_id, object, external_id, local_id, source_modstamp, attributes)
      SELECT ${connection}::uuid, ${literal(job.object)}, c.contact_id, c.person_id, c.stamp, c.attributes
      FROM (
        SELECT c.*, CASE WHEN c.new_person_id IN (${MADE}) THEN c.new_person_id ELSE ${personOfKey(job, owner, 'c.identity_key')} END AS person_id
        FROM contact_page AS c OFFSET 0
      ) AS c
      WHERE c.person_id IS NOT NULL
      ORDER BY c.contact_id COLLATE "C"
      ON CONFLICT (connection_id, object, external_id) DO UPDATE SET
        local_id = excluded.local_id, source_modstamp = excluded.source_modstamp, attributes = excluded.attributes, deleted_at = NULL
      WHERE (e.source_modstamp <= excluded.source_modstamp) IS NOT FALSE
      RETURNING e.local_id, ${identityKey('e.attributes', 'e.external_id')} AS identity_key, (e.xmax = 0) AS inserted
    ), noted AS (
      INSERT INTO person_page
      SELECT DISTINCT id, false, identity_key FROM (
        SELECT local_id AS id, identity_key FROM linked UNION ALL SELECT old_person_id, NULL FROM contact_page WHERE old_person_id IS NOT NULL
      ) AS t
      WHERE t.id NOT IN (SELECT id FROM person_page) -- hashed, however few rows are expected
    )
    SELECT count(*) FILTER (WHERE inserted) AS inserted, count(*) FILTER (WHERE NOT inserted) AS updated,
      (SELECT count(*) + count(*) FILTER (WHERE old_person_id IS NULL) FROM contact_page) - count(*) - count(*) FILTER (WHERE inserted) AS moved
    FROM linked`,
  };
}

/**
 * Links contacts that are all new, each to a person that may have to be made. Their attributes are those of that person, and are not kept twice: null is
 * said and not left to a default, so that a model which has not been migrated yet refuses it. One that is there is refused with 23505. They were read in the order of their ids, and are not sorted again: one page that is loaded twice at once may deadlock
 * with itself, and is done again.
 */
export function linkNewContacts(job: CompiledJob, owner: PageOwner): PageStatement {
  const { connection, identity } = contactSql(job, owner);
  return {
    name: 'link new contacts',
    sql: `
    INSERT INTO ${identity} (connection_id, object, external_id, local_id, source_modstamp, attributes)
    SELECT ${connection}::uuid, ${literal(job.object)}, contact_id, new_person_id, stamp, NULL FROM contact_page`,
    writes: 'inserted',
  };
}

/**
 * Links the few of them that are another person after all, which was there or is made of another contact of the page, and gives their roles to it. One
 * whose person is gone again is refused with 23502: another page moved it. Their persons are handed on as one jsonb, which is searched in any plan, and
 * not as rows, which might be joined each with each.
 */
export function relinkContacts(job: CompiledJob, owner: PageOwner): PageStatement {
  const { connection, identity, valuesAt, toAttributes } = contactSql(job, owner);
  const contact = `t.${ident(idColumn(job) ?? '')}`;
  return {
    name: 'relink contacts',
    sql: `
    WITH linked AS (
      INSERT INTO ${identity} AS e (connection_id, object, external_id, local_id, source_modstamp, attributes)
      SELECT ${connection}::uuid, ${literal(job.object)}, c.contact_id, ${personOfKey(job, owner, 'c.identity_key')}, c.stamp, ${toAttributes('v')}
      FROM (SELECT * FROM contact_page WHERE new_person_id NOT IN (${MADE}) OFFSET 0) AS c
      CROSS JOIN LATERAL ${valuesAt('c.staged_row')} AS v
      ON CONFLICT (connection_id, object, external_id) DO UPDATE SET local_id = excluded.local_id, attributes = excluded.attributes
      RETURNING e.external_id, e.local_id, ${identityKey('e.attributes', 'e.external_id')} AS identity_key
    ), moved AS (
      UPDATE ${qualified(job, job.table)} AS t SET person_id = ((SELECT jsonb_object_agg(external_id, local_id) FROM linked) ->> ${contact})::uuid
      WHERE t.connection_id = ${connection} AND ${contact} = ANY (ARRAY(SELECT external_id FROM linked))
    )
    INSERT INTO person_page SELECT DISTINCT local_id, false, identity_key FROM linked`,
  };
}

/**
 * Gives contacts that keep no attributes of their own, having been their person's first ones, those of the person, before it takes another contact's.
 * Of a person that has several contacts each keeps its own: no page has to wait for a contact of another one.
 */
export function spellOutContacts(job: CompiledJob, owner: PageOwner): PageStatement {
  const { person, identity, toAttributes } = contactSql(job, owner);
  return {
    name: 'spell out contacts',
    sql: `
    UPDATE ${identity} AS e SET attributes = (SELECT ${toAttributes('p')} FROM ${person} AS p WHERE p.id = e.local_id)
    WHERE e.local_id = ANY (ARRAY(SELECT id FROM person_page WHERE NOT created)) AND e.attributes IS NULL`,
  };
}

/** Deleted contacts no longer speak for their persons. */
export function unlinkContacts(job: CompiledJob, owner: PageOwner): PageStatement[] {
  if (!hasDeletions(job)) return [];
  const { identity, mine } = contactSql(job, owner);
  return [
    {
      name: 'unlink deleted contacts',
      sql: `
    WITH d AS MATERIALIZED (
      SELECT ${sfid('c1')} AS contact_id, max(${stampValue(job)}) AS stamp FROM ${stageTable(job)} WHERE ${isDeleted(job)} GROUP BY 1
    ), gone AS (
      UPDATE ${identity} AS e SET deleted_at = coalesce(d.stamp, now()), source_modstamp = coalesce(d.stamp, e.source_modstamp)
      FROM d
      WHERE ${mine('e')} AND e.external_id = ANY (ARRAY(SELECT contact_id FROM d)) AND e.external_id = d.contact_id
        AND (e.source_modstamp <= d.stamp) IS NOT FALSE AND (e.deleted_at IS NULL OR e.source_modstamp < d.stamp)
      RETURNING e.local_id
    ), noted AS (
      INSERT INTO person_page (id, created) SELECT DISTINCT local_id, false FROM gone
    )
    SELECT count(*) AS deleted FROM gone`,
    },
  ];
}

/**
 * A contact that became another person takes its role along, even when nothing of the role itself has changed. So does one that was new and whose
 * role was written for another person than the one that it is: several of the page, or of two pages at once, were the first of their key.
 */
export function moveRoles(job: CompiledJob, owner: PageOwner): PageStatement {
  const { connection, identity, mine } = contactSql(job, owner);
  const role = qualified(job, job.table);
  const key = ident(idColumn(job) ?? '');
  return {
    name: 'move roles',
    sql: `
    UPDATE ${role} AS t SET person_id = (SELECT e.local_id FROM ${identity} AS e WHERE ${mine('e')} AND e.external_id = t.${key}), updated_at = now()
    WHERE t.id = ANY (ARRAY(
      SELECT r.id FROM (
        SELECT contact_id FROM contact_page WHERE new_person_id IS NULL OR new_person_id NOT IN (SELECT id FROM person_page WHERE created) OFFSET 0
      ) AS c
      JOIN LATERAL (SELECT e.local_id FROM ${identity} AS e WHERE ${mine('e')} AND e.external_id = c.contact_id OFFSET 0) AS e ON true
      JOIN LATERAL (SELECT r.id, r.person_id FROM ${role} AS r WHERE r.connection_id = ${connection} AND r.${key} = c.contact_id OFFSET 0) AS r ON true
      WHERE r.person_id <> e.local_id
    ))`,
  };
}
