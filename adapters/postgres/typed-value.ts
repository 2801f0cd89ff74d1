import type { CompiledField, CompiledSource } from '../../domain/compiled-job.ts';
import { applied } from './function-sql.ts';
import { invalidText, rawValue, typedText, type TextSql } from './text-sql.ts';

type Value = Pick<CompiledField, 'type' | 'position' | 'sourceType' | 'offered' | 'functions'>;

/** Without functions a cast reads the staged text itself, which is quicker. */
const subjectOf = (value: Value): TextSql =>
  value.functions === undefined ? { sql: rawValue(value), sourceType: value.sourceType } : parens(value);

const parens = (source: CompiledSource): TextSql => {
  const { sql, sourceType } = applied(source);
  return { sql: `(${sql})`, sourceType };
};

/** SQL of a staged value as text, after the functions of its mapping. */
export const textValue = (source: CompiledSource): string => applied(source).sql;

/** SQL condition that is true where there is a value, after the functions of its mapping. */
export const hasValue = (source: CompiledSource): string =>
  `${source.functions === undefined ? rawValue(source) : `(${textValue(source)})`} IS NOT NULL`;

/** SQL that turns a staged value into the target's type; only for values that {@link invalidCondition} lets pass. */
export const typedValue = (value: Value): string =>
  value.type === 'text' ? textValue(value) : typedText(subjectOf(value), value.type);

/** SQL condition that is true for a value that a function or the target cannot take, or undefined when they take any; see {@link invalidText} on `trusting`. */
export function invalidCondition(value: Value, trusting = false): string | undefined {
  const conditions = [...applied(value).invalid, invalidText(subjectOf(value), value.type, trusting)];
  const known = conditions.flatMap((condition) => condition ?? []);
  return known.length === 0 ? undefined : known.length === 1 ? known[0] : known.map((each) => `(${each})`).join(' OR ');
}
