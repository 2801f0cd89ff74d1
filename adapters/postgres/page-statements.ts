import type { CompiledJob } from '../../domain/compiled-job.ts';
import type { Reading } from '../../domain/reading.ts';
import { createContactStage } from './contact-sql.ts';
import { readContacts, readNewContacts } from './contact-statements.ts';
import { lookupValue, sourceKey } from './lookup-sql.ts';
import {
  createRowCounter,
  hasDeletions,
  ident,
  idColumn,
  isDeleted,
  literal,
  newId,
  qualified,
  sfid,
  staged,
  stageTable,
  stampValue,
  type PageOwner,
  type PageStatement,
} from './page-sql.ts';
import { personStatements } from './person-statements.ts';
import { refusalStatements, type RefusalStatements } from './reject-rows.ts';
import { claimable, rejectStatement } from './reject-statement.ts';
import { keepIds, stageSweep, type Sweep } from './sweep-sql.ts';
import { typedValue } from './typed-value.ts';

export interface PageStatements extends RefusalStatements {
  /** Of the staging table. */
  readonly columns: number;
  readonly createStage: string;
  /** `COPY … FROM STDIN` of a Bulk CSV page whose columns stand in the order of `paths`. */
  readonly copyCsv: string;
  /** Takes `$1`, the text of a REST answer. */
  readonly unpackJson: string;
  /** Stages what a sweep is about. */
  readonly stageSweep: (sweep: Sweep) => string;
  /** Once, before the sequence; may be empty. */
  readonly prepare: string;
  /** In this order, in one transaction. */
  readonly sequence: readonly PageStatement[];
  /** The same, quicker, for pages as most are: PostgreSQL refuses it where a datetime is none. */
  readonly usualSequence?: readonly PageStatement[];
  /** The same for a usual page whose rows are most likely all new; it is refused too when one of them is not. */
  readonly sequenceOfNew?: readonly PageStatement[];
  /** Whether the page holds rows that count as read. */
  readonly isOfRows: boolean;
}

/** The value of a path in a row of {@link jsonRows}. */
function jsonValue(path: string): string {
  const [first = '', ...steps] = path.split('.');
  return (
    ident(first) + steps.map((step, index) => (index === steps.length - 1 ? '->>' : '->') + literal(step)).join('')
  );
}

/**
 * The records of `$1`, the text of a REST answer, each taken apart once: `->>` reads the whole record again for each of its values, which took 14 s for 120
 * records of 500 fields, where this takes 70 ms.
 */
function jsonRows(paths: readonly string[]): string {
  const columns = new Map(paths.map((path) => [path.split('.')[0] ?? '', path.includes('.') ? 'json' : 'text']));
  const list = [...columns].map(([name, type]) => `${ident(name)} ${type}`).join(', ');
  return `json_to_recordset($1::json -> 'records') AS record (${list})`;
}

/** A reject clears itself when its row can be loaded, or is gone from the org. */
const clearRejects = (job: CompiledJob, owner: PageOwner): string => `
    DELETE FROM mooring.rejected_row AS r
    WHERE r.connection_id = ${literal(owner.connectionId)} AND r.job_name = ${literal(owner.job)}
      AND EXISTS (SELECT FROM ${stageTable(job)} WHERE c1 = r.source_id)`;

/** Links rows without a Salesforce id to the Account they are, pair by pair; of several Accounts the lowest id wins. */
function claimStatements(job: CompiledJob, owner: PageOwner): PageStatement[] {
  const id = idColumn(job);
  if (id === undefined) return [];
  return job.claims.map((claim) => ({
    name: `claim by ${claim.column}`,
    sql: `
    UPDATE ${qualified(job, job.table)} AS t SET ${ident(id)} = first.sfid
    FROM (
      SELECT DISTINCT ON (mine.id) mine.id, ${sfid('c1')} AS sfid
      FROM ${stageTable(job)} JOIN ${qualified(job, job.table)} AS mine ON ${claimable(job, owner, claim, 'mine')}
      WHERE NOT ${isDeleted(job)}
      ORDER BY mine.id, c1 COLLATE "C"
    ) AS first
    WHERE t.id = first.id`,
  }));
}

/**
 * Takes rows of an existing table over that belong to no connection and have the key of a row of the page: the upsert then finds them. All others
 * stay as they are, whatever a run finds gone from the org.
 */
function takeOver(job: CompiledJob, owner: PageOwner): PageStatement[] {
  if (job.existing === undefined) return [];
  const key = job.fields.filter(({ column }) => job.upsertKey.includes(column));
  const equal = key.map(({ column }) => `t.${ident(column)} = i.${ident(column)}`).join(' AND ');
  return [
    {
      name: 'take over',
      sql: `
    UPDATE ${qualified(job, job.table)} AS t SET connection_id = ${literal(owner.connectionId)}${job.existing.hasOwnId ? '' : ', id = coalesce(t.id, gen_random_uuid())'}
    FROM (SELECT DISTINCT ${key.map((field) => `${typedValue(field)} AS ${ident(field.column)}`).join(', ')} FROM ${stageTable(job)} WHERE NOT ${isDeleted(job)}) AS i
    WHERE t.connection_id IS NULL AND ${equal}`,
    },
  ];
}

/** A contact without an account has a person and no role: the role it had ends. */
const withoutCompany = (job: CompiledJob): string[] => {
  const company = job.kind === 'company-person' ? job.lookups.find(({ column }) => column === 'company_id') : undefined;
  return company?.pairs[0] ? [`${staged(company.pairs[0].position)} IS NULL`] : [];
};

/** Deleted source rows touch only rows that we have; a version that is newer than the deletion stays. A later deletion moves the stamp on. */
function removeStatement(job: CompiledJob, owner: PageOwner): PageStatement[] {
  const id = idColumn(job);
  const deleted = hasDeletions(job) ? [isDeleted(job)] : [];
  const ended = [...deleted, ...withoutCompany(job)];
  if (id === undefined || ended.length === 0) return [];
  const table = qualified(job, job.table);
  const key = `t.${ident(id)}`;
  // Bounded by their ids: of a table that it takes for empty the planner would read all.
  const rows = `t.connection_id = ${literal(owner.connectionId)} AND ${key} = ANY (ARRAY(SELECT id FROM gone)) AND ${key} = gone.id
        AND (t.source_modstamp <= gone.stamp) IS NOT FALSE`;
  const remove =
    job.onDelete === 'delete'
      ? `DELETE FROM ${table} AS t USING gone WHERE ${rows}`
      : `UPDATE ${table} AS t SET deleted_at = coalesce(gone.stamp, now()), source_modstamp = coalesce(gone.stamp, t.source_modstamp), updated_at = now()
      FROM gone WHERE ${rows} AND (t.deleted_at IS NULL OR t.source_modstamp < gone.stamp)`;
  // What became of a contact is counted where its person is decided.
  const count = job.kind === 'company-person' ? 'SELECT FROM removed' : 'SELECT count(*) AS deleted FROM removed';
  return [
    {
      name: 'remove',
      sql: `
    WITH gone AS MATERIALIZED (
      SELECT ${sfid('c1')} AS id, max(${stampValue(job)}) AS stamp FROM ${stageTable(job)} WHERE ${ended.join(' OR ')} GROUP BY 1
    ), removed AS (
      ${remove} RETURNING t.id
    )
    ${count}`,
    },
  ];
}

function parkMerges(job: CompiledJob, owner: PageOwner): PageStatement[] {
  const id = idColumn(job);
  if (job.masterRecordId === undefined || id === undefined) return [];
  const master = staged(job.masterRecordId);
  return [
    {
      name: 'park merges',
      sql: `
    INSERT INTO mooring.pending_merge (connection_id, job_name, loser_id, master_id, loser_row_id)
    SELECT l.id, l.job, l.loser, l.master, t.id
    FROM (
      SELECT DISTINCT ON (c1) ${literal(owner.connectionId)}::uuid AS id, ${literal(owner.job)} AS job, ${sfid('c1')} AS loser, ${sfid(master)} AS master
      FROM ${stageTable(job)} WHERE ${isDeleted(job)} AND ${master} IS NOT NULL
    ) AS l
    LEFT JOIN LATERAL (
      SELECT t.id FROM ${qualified(job, job.table)} AS t WHERE t.connection_id = l.id AND t.${ident(id)} = l.loser OFFSET 0
    ) AS t ON true
    ON CONFLICT (connection_id, job_name, loser_id) DO UPDATE SET
      master_id = excluded.master_id, loser_row_id = coalesce(excluded.loser_row_id, pending_merge.loser_row_id), applied_at = NULL
    WHERE pending_merge.master_id <> excluded.master_id`,
    },
  ];
}

/**
 * Writes new and changed rows, and only those.
 *
 * The probe of the existing row is a lateral index look-up and not a join that the planner may turn into a scan of a million rows; it keeps
 * unchanged rows from the sort, and from the upsert, which would lock every one of them. `ORDER BY` the key: parallel pages would deadlock otherwise. It
 * is said at every level, so that the order of the first sort is known to be still there and nothing is sorted twice.
 *
 * @param areNew - leaves out the probe, and the second one that `ON CONFLICT` makes before it writes a row; a row that is there is refused with 23505
 */
function upsertStatement(job: CompiledJob, owner: PageOwner, areNew: boolean): string {
  const table = qualified(job, job.table);
  const connection = literal(owner.connectionId);
  const isContact = job.kind === 'company-person';
  const key = job.fields.filter(({ column }) => job.upsertKey.includes(column));
  // Byte order for text: the same on every server, and cheap. What PostgreSQL calls equal must be equal here, so values are compared as written.
  const order = key.map((field) => `${typedValue(field)}${field.type === 'text' ? ' COLLATE "C"' : ''}`);
  const values = [
    ...job.fields.map((field) => ({ column: field.column, sql: typedValue(field) })),
    ...job.constants.map(({ column, value, type }) => ({
      column,
      sql: value === null ? `NULL::${type}` : `${literal(value)}::${type}`,
    })),
    ...job.lookups.map((lookup) => ({ column: lookup.sourceColumn, sql: sourceKey(lookup) })),
  ];
  const derived = [
    ...job.lookups.map((lookup) => ({
      column: lookup.column,
      sql: lookupValue(job, lookup, owner, `i.${ident(lookup.sourceColumn)}`),
    })),
    ...(isContact ? [{ column: 'person_id', sql: `coalesce(c.person_id, ${personOf(job, owner)})` }] : []),
  ];
  const compared = values.filter(({ column }) => !job.upsertKey.includes(column)).map(({ column }) => ident(column));
  const differs = compared.map((column) => ` OR was.${column} IS DISTINCT FROM i.${column}`).join('');
  const set = [...compared, ...derived.map(({ column }) => ident(column))];
  const skip = [`NOT ${isDeleted(job)}`, ...withoutCompany(job).map((when) => `NOT (${when})`)];
  // Rows of one key are versions of one record then, of which an older one is never newer than what we have: they need not be sorted to be judged.
  const isById = job.upsertKey.length === 1 && job.upsertKey[0] === idColumn(job);
  const probe = `
        LEFT JOIN LATERAL (
          SELECT ${['true AS "#found"', 'was.source_modstamp', 'was.deleted_at', ...compared.map((column) => `was.${column}`)].join(', ')}
          FROM ${table} AS was
          WHERE was.connection_id = ${connection} AND ${key.map(({ column }) => `was.${ident(column)} = i.${ident(column)}`).join(' AND ')}
          OFFSET 0
        ) AS was ON true
        WHERE (was.source_modstamp <= i."#stamp") IS NOT FALSE
          AND (was."#found" IS NULL OR was.source_modstamp IS DISTINCT FROM i."#stamp" OR was.deleted_at IS NOT NULL${differs})`;
  const onConflict = `ON CONFLICT (connection_id, ${job.upsertKey.map(ident).join(', ')}) DO UPDATE SET
        ${set.map((column) => `${column} = excluded.${column}, `).join('')}source_modstamp = excluded.source_modstamp, deleted_at = NULL, updated_at = now()
      WHERE (t.source_modstamp <= excluded.source_modstamp) IS NOT FALSE`;
  // The names of our own columns begin with what no mapping can: a user's column may be called "stamp".
  // A table that was there before has ids of its own making.
  const id = job.existing === undefined ? { column: 'id, ', value: `${newId}, ` } : { column: '', value: '' };
  const insert = `INSERT INTO ${table} AS t (${id.column}connection_id, ${[...values, ...derived].map(({ column }) => ident(column)).join(', ')}, source_modstamp)
      SELECT ${id.value}${connection}::uuid, ${[...values, ...derived].map(({ column }) => `n.${ident(column)}`).join(', ')}, n."#stamp"
      FROM (
        SELECT i.*${derived.map(({ column, sql }) => `, ${sql} AS ${ident(column)}`).join('')}
        FROM (
          SELECT DISTINCT ON (${order.map((_, index) => `i."#${index}"`).join(', ')}) i.*
          FROM (
            SELECT ${values.map(({ column, sql }) => `${sql} AS ${ident(column)}`).join(', ')}, ${stampValue(job)} AS "#stamp", c1 AS "#id",
              ${order.map((sql, index) => `${sql} AS "#${index}"`).join(', ')}
            FROM ${stageTable(job)}
            WHERE ${skip.join(' AND ')}${isById && !areNew ? ' OFFSET 0' : ''}
          ) AS i${areNew || !isById ? '' : probe}
          ORDER BY ${order.map((_, index) => `i."#${index}"`).join(', ')}, i."#stamp" DESC NULLS LAST, i."#id" COLLATE "C" DESC
        ) AS i${isContact ? joinContacts(job) : ''}${areNew || isById ? '' : probe}
        ORDER BY ${order.map((_, index) => `i."#${index}"`).join(', ')} OFFSET 0
      ) AS n${isContact ? '\n      WHERE n.person_id IS NOT NULL' : ''}
      ORDER BY ${order.map((_, index) => `n."#${index}"`).join(', ')}`;
  return areNew
    ? insert
    : `
    WITH written AS (
      ${insert}
      ${onConflict}
      RETURNING (t.xmax = 0) AS inserted${isContact ? `, t.${ident(idColumn(job) ?? '')} AS contact_id` : ''}
    )
    ${isContact ? countRoles : countRows}`;
}

const countRows =
  'SELECT count(*) FILTER (WHERE inserted) AS inserted, count(*) FILTER (WHERE NOT inserted) AS updated FROM written';
/** Contacts are counted where their person is decided; here only those whose role alone is another one. */
const countRoles =
  'SELECT count(*) FILTER (WHERE contact_id NOT IN (SELECT contact_id FROM contact_page)) AS updated FROM written';

/** A new or changed contact's person as it is or may become; the few that become another one are moved to it in the end. */
const joinContacts = (job: CompiledJob): string => `
        LEFT JOIN (SELECT contact_id, coalesce(old_person_id, key_person_id, new_person_id) AS person_id FROM contact_page) AS c
          ON c.contact_id = i.${ident(idColumn(job) ?? '')}`;

/** The person of any other contact, or null when a newer version of the contact has been loaded: it decides whether there is a role at all. */
const personOf = (job: CompiledJob, owner: PageOwner): string =>
  `(SELECT e.local_id FROM ${qualified(job, 'external_identity')} AS e
        WHERE e.connection_id = ${literal(owner.connectionId)} AND e.object = ${literal(job.object)}
          AND e.external_id = i.${ident(idColumn(job) ?? '')} AND (e.source_modstamp <= i."#stamp") IS NOT FALSE)`;

/** Returns the fixed sequence of one page; why each step stands where it does is in docs/architecture.md, "How a row travels". */
export function pageStatements(job: CompiledJob, owner: PageOwner, reading?: Reading): PageStatements {
  const stage = stageTable(job);
  const columns = job.paths.map((_, index) => staged(index + 1));
  const isContact = job.kind === 'company-person';
  const [strict, trusting] = [rejectStatement(job, owner), rejectStatement(job, owner, true)];
  const sequence = (reject: string, areNew = false): PageStatement[] => [
    { name: 'reject', sql: reject },
    { name: 'clear rejects', sql: clearRejects(job, owner) },
    ...claimStatements(job, owner),
    ...takeOver(job, owner),
    ...(isContact ? [areNew ? readNewContacts(job, owner) : readContacts(job, owner)] : []),
    ...parkMerges(job, owner),
    // New contacts are counted where their person is decided, others by the statement itself.
    {
      name: 'upsert',
      sql: upsertStatement(job, owner, areNew),
      ...(areNew && !isContact ? { writes: 'inserted' } : {}),
    },
    // After the upsert: of one row's deletion and an older version of it in one page, the deletion stays.
    ...removeStatement(job, owner),
    ...(isContact ? personStatements(job, owner, areNew) : []),
  ];
  return {
    ...refusalStatements(job, owner, stage),
    columns: job.paths.length,
    createStage: `CREATE TEMPORARY TABLE IF NOT EXISTS ${stage} (${columns.map((column) => `${column} text`).join(', ')}) ON COMMIT DELETE ROWS; ${createRowCounter};${isContact ? createContactStage : ''}`,
    copyCsv: `COPY ${stage} FROM STDIN (FORMAT csv, HEADER true, FORCE_NULL (${columns.join(', ')}))`,
    unpackJson: `INSERT INTO ${stage} SELECT ${job.paths.map((path) => `nullif(${jsonValue(path)}, '')`).join(', ')}
      FROM ${jsonRows(job.paths)}`,
    stageSweep: (sweep) => stageSweep(job, owner, sweep) ?? 'SELECT WHERE false',
    prepare: reading?.keepsIds === true ? keepIds(job, owner, 'rows') : '',
    isOfRows: job.deletionsOnly !== true,
    sequence: sequence(strict),
    ...(strict === trusting ? {} : { usualSequence: sequence(trusting) }),
    ...(job.fillsEmptyTable === true ? { sequenceOfNew: sequence(trusting, true) } : {}),
  };
}

/** Statements of a page of nothing but ids, which are kept and not loaded. */
export function idStatements(job: CompiledJob, owner: PageOwner): PageStatements {
  const { isDeleted: _, stamp: __, ...rest } = job;
  const plan: CompiledJob = { ...rest, paths: ['Id'] };
  const { sequenceOfNew: ___, usualSequence: ____, ...statements } = pageStatements(plan, owner);
  return { ...statements, prepare: keepIds(plan, owner, 'ids'), sequence: [], isOfRows: false };
}
