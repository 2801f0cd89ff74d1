import type { Diagnostic } from './diagnostic.ts';
import { checkConnections } from './rules/check-connections.ts';
import { checkDependencies } from './rules/check-dependencies.ts';
import { checkFunctions } from './rules/check-functions.ts';
import { checkLookups } from './rules/check-lookups.ts';
import { checkNames } from './rules/check-names.ts';
import { checkSchedules } from './rules/check-schedules.ts';
import { checkSources } from './rules/check-sources.ts';
import { checkTables } from './rules/check-tables.ts';
import { checkTargets } from './rules/check-targets.ts';
import type { Rule, RuleContext } from './rules/rule.ts';
import type { Draft } from './draft.ts';

const RULES: readonly Rule[] = [
  checkNames,
  checkConnections,
  checkDependencies,
  checkSchedules,
  checkSources,
  checkTargets,
  checkFunctions,
  checkLookups,
  checkTables,
];

/** Applies every rule to what all files together declare. */
export const checkRules = (draft: Draft, context: RuleContext): Diagnostic[] =>
  RULES.flatMap((rule) => rule(draft, context));
