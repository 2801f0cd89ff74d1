import type { FieldType } from '../data/definition.ts';
import type { ResolvedField } from './scope.ts';

/** A value of a query: its SQL and its Salesforce type. */
export interface Expression {
  readonly sql: string;
  readonly type: FieldType;
  /** The field it comes from, where it is one. */
  readonly field?: ResolvedField;
  /** SQL of the currency it is in, where that is not its record's. */
  readonly currency?: string;
}

/** One selected value, under the name that replies give it. */
export interface Column extends Expression {
  /** Last part of the name; for an aggregate its alias or `expr0`. */
  readonly name: string;
  /** Parents on the way, as describe spells them. */
  readonly relationships: readonly string[];
  readonly aggregate: boolean;
}
