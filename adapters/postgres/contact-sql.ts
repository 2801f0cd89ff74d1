import type { CompiledField, CompiledJob } from '../../domain/compiled-job.ts';
import { ident, literal, qualified, sfid, stageTable, type PageOwner } from './page-sql.ts';
import { typedValue } from './typed-value.ts';

/** Session tables of one page of contacts; empty after each commit. */
export const createContactStage = `
  CREATE TEMPORARY TABLE IF NOT EXISTS contact_page (
    contact_id text, stamp timestamptz, identity_key text, attributes jsonb, staged_row tid, old_person_id uuid, key_person_id uuid, new_person_id uuid
  ) ON COMMIT DELETE ROWS;
  CREATE TEMPORARY TABLE IF NOT EXISTS person_page (id uuid, created boolean, identity_key text) ON COMMIT DELETE ROWS`;

/** The names that the statements of contacts and persons share. */
export interface ContactSql {
  /** The connection's id, as a literal. */
  readonly connection: string;
  readonly person: string;
  readonly identity: string;
  /** Condition: an identity, called `alias`, is of this connection and object. */
  readonly mine: (alias: string) => string;
  /** The page's values of the person columns, each by its name and with its type. */
  readonly values: readonly string[];
  /** Of a contact in the page: contacts with the same normalized e-mail are one person; one without e-mail is a person of its own. */
  readonly key: string;
  /** The same of one staged row, by its `ctid`: what may stand behind a `LATERAL`. */
  readonly valuesAt: (row: string) => string;
  /** The person columns of `alias` as one jsonb without what is empty. */
  readonly toAttributes: (alias: string) => string;
  /** A person column's value out of such a jsonb of `source`. */
  readonly attributeOf: (source: string, field: Pick<CompiledField, 'column' | 'type'>) => string;
  /** All person columns out of it, each with a comma before it. */
  readonly fromAttributes: (source: string) => string;
}

const EMAIL = 'email';

const personValue = (field: CompiledField): string => {
  const value = typedValue(field);
  return field.column === EMAIL ? `nullif(lower(btrim(${value})), '')` : value;
};

const attributeOf: ContactSql['attributeOf'] = (source, { column, type }) =>
  `(${source}.attributes ->> ${literal(column)})::${type}`;

/**
 * Values as text, whatever their type: jsonb has no arrays of PostgreSQL and no dates. Of texts only it takes less than half of the time that
 * `jsonb_build_object` takes, which looks up the type of every value.
 */
const jsonOf = (alias: string, fields: readonly CompiledField[]): string => {
  const names = fields.map(({ column }) => literal(column)).join(', ');
  const texts = fields
    .map(({ column, type }) => `${alias}.${ident(column)}${type === 'text' ? '' : '::text'}`)
    .join(', ');
  return `jsonb_strip_nulls(jsonb_object(ARRAY[${names}]::text[], ARRAY[${texts}]::text[]))`;
};

export function contactSql(job: CompiledJob, owner: PageOwner): ContactSql {
  const connection = literal(owner.connectionId);
  const fields = job.personFields;
  const values = fields.map((field) => `${personValue(field)} AS ${ident(field.column)}`);
  const email = fields.find(({ column }) => column === EMAIL);
  return {
    connection,
    person: qualified(job, 'person'),
    identity: qualified(job, 'external_identity'),
    mine: (alias) => `${alias}.connection_id = ${connection} AND ${alias}.object = ${literal(job.object)}`,
    values,
    valuesAt: (row) => `(SELECT ${values.join(', ')} FROM ${stageTable(job)} WHERE ctid = ${row} OFFSET 0)`,
    key: keyOf(email === undefined ? 'NULL' : personValue(email), sfid('c1')),
    toAttributes: (alias) => jsonOf(alias, fields),
    attributeOf,
    fromAttributes: (source) =>
      fields.map((field) => `, ${attributeOf(source, field)} AS ${ident(field.column)}`).join(''),
  };
}

/** The key of a contact whose attributes are kept. */
export const identityKey = (attributes: string, contactId: string): string =>
  keyOf(`${attributes} ->> '${EMAIL}'`, contactId);

const keyOf = (email: string, contactId: string): string => `coalesce(${email}, 'contact:' || ${contactId})`;
