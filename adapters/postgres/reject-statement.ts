import type { CompiledField, CompiledJob, CompiledLookup } from '../../domain/compiled-job.ts';
import { matchCount } from './lookup-sql.ts';
import {
  ident,
  idColumn,
  isDeleted,
  literal,
  qualified,
  sfid,
  staged,
  stageTable,
  type PageOwner,
} from './page-sql.ts';
import { keepRejects } from './reject-rows.ts';
import { notOffered } from './text-sql.ts';
import { hasValue, invalidCondition } from './typed-value.ts';

interface Check {
  readonly when: string;
  readonly path: string;
  readonly position: number;
  readonly code: string;
  readonly message: string;
}

type Checked = Pick<CompiledField, 'path' | 'type' | 'position' | 'sourceType' | 'functions'>;

/** Everything that makes a staged row a reject, in the order in which it is reported. */
function checks(job: CompiledJob, owner: PageOwner, trusting: boolean): Check[] {
  const all = [...job.fields, ...job.personFields];
  const invalid = (field: Checked): Check => ({
    when: invalidCondition(field, trusting) ?? 'false',
    path: field.path,
    position: field.position,
    code: 'VALUE_INVALID',
    message: `is no valid ${field.type}`,
  });
  const given = (lookup: CompiledLookup): string => lookup.pairs.map(hasValue).join(' AND ');
  const first = (lookup: CompiledLookup) => ({
    path: lookup.pairs[0]?.path ?? '',
    position: lookup.pairs[0]?.position ?? 1,
  });
  return [
    {
      when: `c1 IS NULL OR length(c1) NOT IN (15, 18)`,
      path: 'Id',
      position: 1,
      code: 'ID_INVALID',
      message: 'is no Salesforce id',
    },
    ...(job.stamp === undefined || job.stampField === undefined
      ? []
      : [invalid({ path: job.stampField, type: 'timestamptz', position: job.stamp, sourceType: 'datetime' })]),
    ...all
      .filter(({ required, column }) => required || job.upsertKey.includes(column))
      .map((source) => ({
        when: `NOT (${hasValue(source)})`,
        path: source.path,
        position: source.position,
        code: 'REQUIRED_MISSING',
        message: 'is empty, and the mapping requires a value',
      })),
    ...all.flatMap((source) => {
      const when = notOffered(source);
      const { path, position } = source;
      return when === undefined
        ? []
        : [{ when, path, position, code: 'PICKLIST_UNKNOWN', message: 'is no value that the picklist offers' }];
    }),
    ...all.filter((field) => invalidCondition(field) !== undefined).map((field) => invalid(field)),
    // A key is text until it is compared, so only what its functions cannot take is none.
    ...job.lookups
      .flatMap(({ pairs }) => pairs.map((pair) => ({ ...pair, type: 'text' })))
      .filter((key) => invalidCondition(key) !== undefined)
      .map((key) => ({ ...invalid(key), message: 'is no value that its functions take' })),
    ...job.lookups
      .filter(({ onMultiple, unique }) => onMultiple === 'error' && !unique)
      .map((lookup) => ({
        when: `${given(lookup)} AND ${matchCount(job, lookup, owner)} > 1`,
        ...first(lookup),
        code: 'LOOKUP_AMBIGUOUS',
        message: `matches several rows of "${lookup.table}"`,
      })),
    ...job.lookups
      .filter(({ onMissing }) => onMissing === 'reject')
      .map((lookup) => ({
        when: `${given(lookup)} AND ${matchCount(job, lookup, owner)} = 0`,
        ...first(lookup),
        code: 'LOOKUP_MISSING',
        message: `matches no row of "${lookup.table}"`,
      })),
    ...job.claims.map((claim) => ({
      when: `(SELECT count(*) FROM (SELECT FROM ${qualified(job, job.table)} AS found WHERE ${claimable(job, owner, claim, 'found')} LIMIT 2) AS matches) > 1`,
      path: claim.path,
      position: claim.position,
      code: 'COMPANY_AMBIGUOUS',
      message: `matches several rows of "${job.table}" that have no Salesforce id`,
    })),
  ];
}

/** Rows of the company table that an Account may claim by one pair: without a Salesforce id, unless the Account is linked already. */
export const claimable = (
  job: CompiledJob,
  owner: PageOwner,
  claim: CompiledJob['claims'][number],
  table: string,
): string => {
  const id = ident(idColumn(job) ?? 'id');
  return `${table}.connection_id = ${literal(owner.connectionId)} AND ${table}.${id} IS NULL AND ${table}.deleted_at IS NULL
    AND ${table}.${ident(claim.column)}::text = ${staged(claim.position)}
    AND NOT EXISTS (SELECT FROM ${qualified(job, job.table)} AS linked
      WHERE linked.connection_id = ${literal(owner.connectionId)} AND linked.${id} = ${sfid('c1')})`;
};

/**
 * Moves what cannot be loaded out of the page, with the reason; deleted rows carry no values and are not checked.
 *
 * @param trusting - leaves it to the statements after it to refuse what looks like a datetime and is none: asking of each takes a tenth of a page's time
 */
export function rejectStatement(job: CompiledJob, owner: PageOwner, trusting = false): string {
  const list = checks(job, owner, trusting);
  const cases = (pick: (check: Check) => string): string =>
    `CASE ${list.map((check) => `WHEN ${check.when} THEN ${pick(check)}`).join(' ')} END`;
  const value = (check: Check): string => `left(${staged(check.position)}, 200)`;
  return `
    WITH bad AS (
      DELETE FROM ${stageTable(job)} WHERE NOT ${isDeleted(job)} AND (${list.map(({ when }) => `(${when})`).join(' OR ')})
      RETURNING coalesce(c1, '') AS source_id,
        ${cases(({ path }) => literal(path))} AS field, ${cases(value)} AS value,
        ${cases(({ code }) => literal(code))} AS code, ${cases(({ message }) => literal(message))} AS reason
    ), kept AS (${keepRejects(
      owner,
      `SELECT source_id, field, value, code, ${literal(`${job.object}.`)} || field || coalesce(' = "' || value || '" ', ' ') || reason || '.' AS message FROM bad`,
    )}
    )
    SELECT count(*) AS rejected FROM bad`;
}
