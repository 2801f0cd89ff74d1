import { columnTypeOf } from './column-types.ts';
import type { ColumnType } from './job-spec.ts';
import { isDatePart, type MappingFunction } from './mapping-function.ts';
import { typeFit } from './type-fit.ts';

/** A Salesforce type whose values look like those of a column type. */
const LIKE: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  integer: 'int',
  bigint: 'long',
  date: 'date',
  timestamptz: 'datetime',
  time: 'time',
  text: 'string',
};
const typeLike = (type: ColumnType): string => LIKE[type] ?? 'double';

/** Returns the Salesforce type that the values of one step look like. */
export function typeAfter(sourceType: string, step: { readonly name: string; readonly type?: ColumnType }): string {
  if (step.name === 'coalesce') return sourceType;
  if (step.name === 'cast') return typeLike(step.type ?? 'text');
  return isDatePart(step.name) ? 'int' : 'string';
}

/** The Salesforce type that values look like after all steps. */
export const typeAfterAll = (
  sourceType: string,
  functions: readonly { readonly name: string; readonly type?: ColumnType }[] = [],
): string => functions.reduce(typeAfter, sourceType);

const WORDS: Readonly<Record<string, string>> = {
  boolean: 'true and false',
  integer: 'whole numbers',
  bigint: 'whole numbers',
  numeric: 'numbers',
  date: 'days',
  timestamptz: 'times',
  time: 'times of day',
  'text[]': 'lists',
};
const wordsOf = (sourceType: string): string => {
  const type = columnTypeOf(sourceType);
  return WORDS[type] ?? type;
};

/**
 * Returns why the steps cannot follow each other, or undefined when they can.
 *
 * @param sourceType - Salesforce type of the field; absent where there is no org to ask, and then only what the steps say themselves counts
 * @param typeOf - of another field
 */
export function problemOfFunctions(
  functions: readonly MappingFunction[],
  sourceType?: string,
  typeOf: (field: string) => string | undefined = () => undefined,
): { readonly index: number; readonly message: string } | undefined {
  let type = sourceType;
  for (const [index, step] of functions.entries()) {
    const message = type === undefined ? undefined : problemOfStep(step, type, typeOf);
    if (message !== undefined) return { index, message };
    if (type !== undefined || step.name !== 'coalesce') type = typeAfter(type ?? 'string', step);
  }
  return undefined;
}

function problemOfStep(
  step: MappingFunction,
  sourceType: string,
  typeOf: (field: string) => string | undefined,
): string | undefined {
  const type = columnTypeOf(sourceType);
  if (step.name === 'coalesce') {
    for (const value of step.values) {
      const other = 'field' in value ? typeOf(value.field) : undefined;
      if (other === undefined || columnTypeOf(other) === type) continue;
      return `"coalesce" takes values of one type, but gets ${wordsOf(sourceType)}, and "${'field' in value ? value.field : ''}" holds ${wordsOf(other)}. Put { cast: ${type} } last, or choose other fields.`;
    }
    return undefined;
  }
  if (step.name === 'cast') {
    if (typeFit(sourceType, step.type) !== 'none') return undefined;
    return `"cast" cannot make ${step.type} of ${wordsOf(sourceType)}. Choose another type.`;
  }
  if (isDatePart(step.name)) {
    if (type === 'date' || type === 'timestamptz') return undefined;
    return `"${step.name}" takes days or times, but gets ${wordsOf(sourceType)}. Put { cast: date } before it, or choose another function.`;
  }
  if (type === 'text') return undefined;
  return `"${step.name}" takes text, but gets ${wordsOf(sourceType)}. Put { cast: text } before it, or choose another function.`;
}
