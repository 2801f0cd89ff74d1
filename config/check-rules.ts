import type { Diagnostic } from './diagnostic.ts';
import type { Draft } from './draft.ts';

export interface RuleContext {
  /** False when some file could not be parsed: then nothing can be said to be missing. */
  readonly isWhole: boolean;
}

/** A check that the schema cannot express. Returns every problem it finds, never throws. */
export type Rule = (draft: Draft, context: RuleContext) => Diagnostic[];

const RULES: readonly Rule[] = [];

export const checkRules = (draft: Draft, context: RuleContext): Diagnostic[] =>
  RULES.flatMap((rule) => rule(draft, context));
