import type { CompiledField, CompiledJob } from '../../domain/compiled-job.ts';
import { ident, literal, qualified, type PageOwner } from './page-sql.ts';
import { typedValue } from './typed-value.ts';

/** Session tables of one page of contacts; empty after each commit. */
export const createContactStage = `
  CREATE TEMPORARY TABLE IF NOT EXISTS contact_page (
    contact_id text, stamp timestamptz, identity_key text, attributes jsonb, old_person_id uuid, key_person_id uuid, new_person_id uuid
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
  /** The page's values of the person columns, as one jsonb without what is empty. */
  readonly attributes: string;
  /** A person column's value out of such a jsonb of `source`. */
  readonly attributeOf: (source: string, field: Pick<CompiledField, 'column' | 'type'>) => string;
  /** All person columns out of it, each with a comma before it. */
  readonly attributesOf: (source: string) => string;
}

/** A value of the person as text, whatever its type: jsonb has no arrays of PostgreSQL and no dates. */
const attribute = ({ column, ...value }: CompiledField): string => {
  const typed = `${typedValue(value)}${value.type === 'text' ? '' : '::text'}`;
  return column === 'email' ? `nullif(lower(btrim(${typed})), '')` : typed;
};

const attributeOf: ContactSql['attributeOf'] = (source, { column, type }) =>
  `(${source}.attributes ->> ${literal(column)})::${type}`;

/** Of texts only, and so in less than half of the time that `jsonb_build_object` takes, which looks up the type of every value. */
const jsonOfTexts = (fields: readonly CompiledField[]): string =>
  `jsonb_object(ARRAY[${fields.map(({ column }) => literal(column)).join(', ')}]::text[], ARRAY[${fields.map(attribute).join(', ')}]::text[])`;

export function contactSql(job: CompiledJob, owner: PageOwner): ContactSql {
  const connection = literal(owner.connectionId);
  return {
    connection,
    person: qualified(job, 'person'),
    identity: qualified(job, 'external_identity'),
    mine: (alias) => `${alias}.connection_id = ${connection} AND ${alias}.object = ${literal(job.object)}`,
    attributes: `jsonb_strip_nulls(${jsonOfTexts(job.personFields)})`,
    attributeOf,
    attributesOf: (source) =>
      job.personFields.map((field) => `, ${attributeOf(source, field)} AS ${ident(field.column)}`).join(''),
  };
}

/** Contacts with the same normalized e-mail are one person; a contact without e-mail is a person of its own. */
export const identityKey = (attributes: string, contactId: string): string =>
  `coalesce(${attributes} ->> 'email', 'contact:' || ${contactId})`;
