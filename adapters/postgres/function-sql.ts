import { columnTypeOf } from '../../domain/column-types.ts';
import type { CompiledSource } from '../../domain/compiled-job.ts';
import { isDatePart } from '../../domain/mapping-function.ts';
import { typeAfter } from '../../domain/mapping-functions.ts';
import { literal } from './page-sql.ts';
import { invalidText, textOf, typedText, type TextSql } from './text-sql.ts';

/** A staged value after the functions of its mapping. */
export interface AppliedSql extends TextSql {
  /** Conditions that are true for a value that some step cannot take. */
  readonly invalid: readonly string[];
}

type Step = NonNullable<CompiledSource['functions']>[number];

/**
 * SQL of a staged value with the functions of its mapping applied.
 *
 * Between the steps values are text, as Salesforce writes them, so that each step can ask whether it can take what it gets: a value that it cannot
 * becomes null in the expression and the row a reject, before anything is written.
 */
export function applied({ functions = [], ...source }: CompiledSource): AppliedSql {
  const first = { sql: textOf(source), sourceType: source.sourceType, invalid: [] as string[] };
  return functions.reduce(applyStep, first);
}

const SPACES = String.raw`E' \t\n\r\f\u00a0'`;
const orNull = (sql: string): string => `nullif(${sql}, '')`;
const TEXTS: Readonly<Record<string, (sql: string) => string>> = {
  trim: (sql) => orNull(`btrim(${sql}, ${SPACES})`),
  lower: (sql) => `lower(${sql})`,
  upper: (sql) => `upper(${sql})`,
};

function applyStep(value: AppliedSql, step: Step): AppliedSql {
  const { sql, invalid } = value;
  const sourceType = typeAfter(value.sourceType, step);
  if (step.name === 'coalesce') {
    const others = step.values.map((each) => ('field' in each ? textOf(each.field) : literal(each.value)));
    return { sql: `coalesce(${[sql, ...others].join(', ')})`, sourceType, invalid };
  }
  if (step.name === 'split')
    return { sql: orNull(`split_part(${sql}, ${literal(step.by)}, ${step.part})`), sourceType, invalid };
  if (step.name === 'cast')
    return guarded(value, step.type, sourceType, asText(typedText(value, step.type), step.type));
  if (isDatePart(step.name)) {
    const at = `((${sql})::timestamptz AT TIME ZONE 'UTC')`;
    return guarded(
      value,
      'timestamptz',
      sourceType,
      `extract(${FIELDS[step.name] ?? step.name} FROM ${at})::integer::text`,
    );
  }
  return { sql: TEXTS[step.name]?.(sql) ?? sql, sourceType, invalid };
}

const FIELDS: Readonly<Record<string, string>> = { weekday: 'isodow' };

/** CASE keeps PostgreSQL from casting what cannot be cast; whoever gets null there is a reject. */
function guarded(value: AppliedSql, type: string, sourceType: string, sql: string): AppliedSql {
  const refused = invalidText(value, type);
  if (refused === undefined) return { ...value, sql, sourceType };
  return {
    sql: `CASE WHEN (${refused}) IS NOT TRUE THEN ${sql} END`,
    sourceType,
    invalid: [...value.invalid, refused],
  };
}

/** As Salesforce writes a value of the type. */
const asText = (typed: string, type: string): string =>
  columnTypeOf('datetime') === type
    ? String.raw`to_char(${typed} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
    : `(${typed})::text`;
