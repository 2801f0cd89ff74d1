import { binFunctionsSql } from './bin-sql.ts';
import type { ObjectDefinition } from './definition.ts';
import { mergeFunctionSql } from './merge-sql.ts';
import { rollupTriggersSql } from './rollup-sql.ts';

/** Returns the SQL of all functions and triggers that know an org's fields by name. Safe to repeat: each replaces itself. */
export const orgProgramsSql = (schema: string, objects: readonly ObjectDefinition[]): string[] => [
  mergeFunctionSql(schema, objects),
  binFunctionsSql(schema, objects),
  ...rollupTriggersSql(schema, objects),
];
