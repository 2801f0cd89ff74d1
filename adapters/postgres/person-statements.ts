import type { CompiledJob } from '../../domain/compiled-job.ts';
import { contactSql } from './contact-sql.ts';
import {
  holdContacts,
  linkContacts,
  linkNewContacts,
  moveRoles,
  relinkContacts,
  spellOutContacts,
  unlinkContacts,
} from './contact-statements.ts';
import { ident, newId, type PageOwner, type PageStatement } from './page-sql.ts';

/**
 * Decides which person each new or changed contact is, and recomputes the persons it touches.
 *
 * A contact that is its person's only one takes the person along to its new e-mail; any other moves. A person has the attributes of its newest
 * contact (SystemModstamp, then Id). The result depends on the contacts and never on the order of the pages: what two pages touch is locked before
 * it is judged, judged by a statement of its own that sees what the other one committed, and done again when it has changed in between.
 *
 * It comes late in the page, after the contacts have been read and their roles written, of new ones their links too: two pages with contacts of one key
 * wait for each other from the moment the first of them makes the person until it commits.
 *
 * No statement joins a table of the model in a way that could be done by reading all of it: rows are probed one by one, or bounded by an array of their
 * ids. PostgreSQL may count a table while the pages that fill it are not committed, and takes it for empty from then on.
 *
 * @param areNew - none of the contacts has a person yet
 */
export const personStatements = (job: CompiledJob, owner: PageOwner, areNew: boolean): PageStatement[] => [
  ...(areNew
    ? [linkNewContacts(job, owner), createNewPersons(job, owner), relinkContacts(job, owner)]
    : [holdContacts(job, owner), ...takePersonsAlong(job, owner), createPersons(job, owner), linkContacts(job, owner)]),
  ...unlinkContacts(job, owner),
  lockPersons(job, owner),
  spellOutContacts(job, owner),
  recomputePersons(job, owner),
  ...(areNew ? [] : [moveRoles(job, owner)]),
];

/**
 * Gives a person the new key of its only contact. A page that links another contact to one of these persons has either committed, and is seen once
 * they are locked, or finds the key changed when it locks the person itself.
 */
function takePersonsAlong(job: CompiledJob, owner: PageOwner): PageStatement[] {
  const { connection, person, identity } = contactSql(job, owner);
  // Probed one by one: in most pages there are few, and the planner, which cannot know that, would read the table.
  const movers = `(SELECT * FROM contact_page WHERE old_person_id IS NOT NULL OFFSET 0) AS c
        JOIN LATERAL (SELECT p.identity_key FROM ${person} AS p WHERE p.id = c.old_person_id OFFSET 0) AS old ON old.identity_key <> c.identity_key`;
  return [
    {
      name: 'hold persons that may move',
      sql: `
    SELECT FROM ${person} AS p WHERE p.id = ANY (ARRAY(SELECT c.old_person_id FROM ${movers})) ORDER BY p.id FOR UPDATE`,
    },
    {
      name: 'take persons along',
      sql: `
    WITH n AS MATERIALIZED (
      SELECT DISTINCT ON (c.identity_key COLLATE "C") c.identity_key, c.old_person_id
      FROM ${movers}
      WHERE NOT EXISTS (SELECT FROM ${person} AS q WHERE q.connection_id = ${connection} AND q.identity_key = c.identity_key OFFSET 0)
        AND NOT EXISTS (
          SELECT FROM ${identity} AS o WHERE o.local_id = c.old_person_id AND o.external_id <> c.contact_id AND o.deleted_at IS NULL OFFSET 0
        )
      ORDER BY c.identity_key COLLATE "C", c.contact_id COLLATE "C"
    )
    UPDATE ${person} AS p SET identity_key = n.identity_key, updated_at = now()
    FROM n WHERE p.id = n.old_person_id AND p.id = ANY (ARRAY(SELECT old_person_id FROM n))`,
    },
  ];
}

/** Makes the persons that are missing, out of the newest contact of the page. */
function createPersons(job: CompiledJob, owner: PageOwner): PageStatement {
  const { person, fromAttributes } = contactSql(job, owner);
  // One that had the key when the contacts were read may have been taken along to another key since, by this page too.
  const newest = newestOfKeys(
    fromAttributes('c'),
    `
        LEFT JOIN LATERAL (
          SELECT q.id FROM ${person} AS q WHERE q.id = c.key_person_id AND q.identity_key = c.identity_key OFFSET 0
        ) AS q ON true
        WHERE q.id IS NULL`,
  );
  const sql = insertPersons(job, owner, {
    id: `coalesce(n."#id", ${newId})`,
    from: `(${newest}) AS n`,
    values: 'n',
    onConflict: ON_CONFLICT,
  });
  return { name: 'create persons', sql };
}

/** The same where all contacts are new: their values are still in the staged rows. */
function createNewPersons(job: CompiledJob, owner: PageOwner): PageStatement {
  const { connection, person, valuesAt } = contactSql(job, owner);
  const id = 'n."#id"';
  const from = `(${newestOfKeys(', c.staged_row AS "#row"')}) AS n
      CROSS JOIN LATERAL ${valuesAt('n."#row"')} AS v`;
  const missing = `
      WHERE NOT EXISTS (SELECT FROM ${person} AS q WHERE q.connection_id = ${connection} AND q.identity_key = n."#key" OFFSET 0)`;
  return {
    name: 'create new persons',
    hopeful: insertPersons(job, owner, { id, from: `${from}${missing}`, values: 'v', onConflict: '' }),
    sql: insertPersons(job, owner, { id, from, values: 'v', onConflict: ON_CONFLICT }),
  };
}

const ON_CONFLICT = `
      ON CONFLICT (connection_id, identity_key) DO NOTHING`;

/** The newest contact of each key of the page. Our own names begin with what no column of a person can. */
const newestOfKeys = (values: string, among = ''): string => `
        SELECT DISTINCT ON (c.identity_key COLLATE "C") c.new_person_id AS "#id", c.identity_key AS "#key", c.identity_key COLLATE "C" AS "#ordered",
          c.stamp AS "#stamp"${values}
        FROM contact_page AS c${among}
        ORDER BY c.identity_key COLLATE "C", c.stamp DESC NULLS LAST, c.contact_id COLLATE "C" DESC`;

interface NewPersons {
  readonly id: string;
  /** Keys and stamps as `n`. */
  readonly from: string;
  /** What has the values of the person columns. */
  readonly values: 'n' | 'v';
  readonly onConflict: string;
}

/** Inserts persons in the order of their keys, and notes them. */
function insertPersons(job: CompiledJob, owner: PageOwner, { id, from, values, onConflict }: NewPersons): string {
  const { connection, person } = contactSql(job, owner);
  const columns = job.personFields.map(({ column }) => ident(column));
  return `
    WITH created AS (
      INSERT INTO ${person} (id, connection_id, identity_key, ${[...columns, 'source_modstamp'].join(', ')})
      SELECT ${id}, ${connection}::uuid, n."#key", ${[...columns.map((column) => `${values}.${column}`), 'n."#stamp"'].join(', ')}
      FROM ${from}
      ORDER BY n."#ordered"${onConflict}
      RETURNING id
    )
    INSERT INTO person_page (id, created) SELECT id, true FROM created`;
}

/** Locks what was touched, but for what we made ourselves; a person that goes by another key now was taken along by its contact meanwhile. */
function lockPersons(job: CompiledJob, owner: PageOwner): PageStatement {
  const { person } = contactSql(job, owner);
  return {
    name: 'lock persons',
    sql: `
    SELECT count(*) AS moved FROM (SELECT * FROM person_page WHERE NOT created ORDER BY id OFFSET 0) AS t
    CROSS JOIN LATERAL (SELECT p.identity_key FROM ${person} AS p WHERE p.id = t.id FOR UPDATE) AS held
    WHERE held.identity_key <> t.identity_key`,
  };
}

/** Gives touched persons the attributes of their newest contact, or ends those that have none. */
function recomputePersons(job: CompiledJob, owner: PageOwner): PageStatement {
  const { person, identity, attributeOf } = contactSql(job, owner);
  const newestOf = (id: string): string => `
      LEFT JOIN LATERAL (
        SELECT e.* FROM ${identity} AS e WHERE e.local_id = ${id} AND e.deleted_at IS NULL
        ORDER BY e.source_modstamp DESC NULLS LAST, e.external_id COLLATE "C" DESC LIMIT 1
      ) AS newest ON true`;
  const isAlive = 'newest.external_id IS NOT NULL';
  const values = [
    ...job.personFields.map((field) => ({ column: ident(field.column), newest: attributeOf('newest', field) })),
    { column: 'source_modstamp', newest: 'newest.source_modstamp' },
  ];
  const differs = values.map(({ column, newest }) => `p.${column} IS DISTINCT FROM ${newest}`).join(' OR ');
  return {
    name: 'recompute persons',
    sql: `
    UPDATE ${person} AS p SET (${values.map(({ column }) => column).join(', ')}, deleted_at, updated_at) = (
      SELECT ${values.map(({ column, newest }) => `CASE WHEN ${isAlive} THEN ${newest} ELSE p.${column} END`).join(', ')},
        CASE WHEN ${isAlive} THEN NULL ELSE coalesce(p.deleted_at, now()) END, now()
      FROM (SELECT) AS one${newestOf('p.id')}
    )
    WHERE p.id = ANY (ARRAY(
      SELECT t.id FROM (SELECT DISTINCT id FROM person_page WHERE NOT created OFFSET 0) AS t
      CROSS JOIN LATERAL (SELECT * FROM ${person} AS p WHERE p.id = t.id OFFSET 0) AS p${newestOf('t.id')}
      WHERE (${isAlive}) = (p.deleted_at IS NOT NULL) OR ${isAlive} AND (${differs})
    ))`,
  };
}
