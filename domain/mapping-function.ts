/** Functions of text: of a text a text. An empty result is null, as Salesforce has no empty texts. */
export const TEXT_FUNCTIONS = ['trim', 'lower', 'upper'] as const;
/** Parts of a day or an instant, as whole numbers; instants are in UTC, weeks and weekdays those of ISO 8601 (Monday is 1). */
export const DATE_PARTS = ['year', 'quarter', 'month', 'week', 'day', 'weekday', 'hour'] as const;

/** The functions that take nothing but the value. */
export const FUNCTION_NAMES = [...TEXT_FUNCTIONS, ...DATE_PARTS] as const;

export type TextFunction = (typeof TEXT_FUNCTIONS)[number];
export type DatePart = (typeof DATE_PARTS)[number];

/** A field or a value among those of `coalesce`. */
export type Alternative<Field = string> = { readonly field: Field } | { readonly value: string };

/** One step of a mapping's `apply`. Becomes SQL; rows never pass through JavaScript. */
export type MappingFunction<Field = string> =
  | { readonly name: TextFunction | DatePart }
  /** The first that is not empty: the value so far, then these. */
  | { readonly name: 'coalesce'; readonly values: readonly Alternative<Field>[] }
  /** One part of a text; parts count from 1, from the end when negative. */
  | { readonly name: 'split'; readonly by: string; readonly part: number }
  | { readonly name: 'cast'; readonly type: string };

/** The fields that functions read besides the mapping's own. */
export const fieldsOfFunctions = (functions: readonly MappingFunction[] = []): string[] =>
  functions.flatMap((each) =>
    each.name === 'coalesce' ? each.values.flatMap((value) => ('field' in value ? [value.field] : [])) : [],
  );

export const isTextFunction = (name: string): name is TextFunction => TEXT_FUNCTIONS.some((each) => each === name);
export const isDatePart = (name: string): name is DatePart => DATE_PARTS.some((each) => each === name);
