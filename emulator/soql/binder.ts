import { literal } from '../data/sql.ts';

/** Puts values into SQL, as parameters or as quoted text. */
export interface Binder {
  /** Returns the SQL that stands for the value, cast to the PostgreSQL type. */
  readonly bind: (value: string, type: string) => string;
  /** Returns the SQL of an array of texts. */
  readonly bindAll: (values: readonly string[]) => string;
  /** Values of the parameters `$1`, `$2`, …; empty for a binder of literals. */
  readonly parameters: readonly unknown[];
}

export function parameterBinder(): Binder {
  const parameters: unknown[] = [];
  return {
    bind: (value, type) => `$${parameters.push(value)}::${type}`,
    bindAll: (values) => `$${parameters.push(values)}::text[]`,
    parameters,
  };
}

/** For COPY, which takes no parameters. */
export function literalBinder(): Binder {
  return {
    bind: (value, type) => `${literal(value)}::${type}`,
    bindAll: (values) => (values.length === 0 ? 'ARRAY[]::text[]' : `ARRAY[${values.map(literal).join(', ')}]::text[]`),
    parameters: [],
  };
}
