import type { Diagnostic } from '../diagnostic.ts';
import type { Draft, DraftJob } from '../draft.ts';

export interface RuleContext {
  /** False when part of the files could not be read: then nothing can be said to be missing. */
  readonly isWhole: boolean;
}

/** A check that the schema cannot express. Returns every problem it finds, never throws. */
export type Rule = (draft: Draft, context: RuleContext) => Diagnostic[];

/** All jobs, also those whose connection is not declared. */
export const allJobs = ({ connections, strays }: Draft): readonly DraftJob[] => [
  ...connections.flatMap(({ jobs }) => jobs),
  ...strays,
];
