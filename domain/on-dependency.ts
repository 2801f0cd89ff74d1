import type { RunSummary } from './run.ts';

/** How the jobs that a job comes after must have ended for it to run: all rows loaded, with rejects or without, or in any way. */
export const ON_DEPENDENCY = ['success', 'partial', 'any'] as const;

export type OnDependency = (typeof ON_DEPENDENCY)[number];

/** Where nobody says: a bad row of a dependency holds nobody back. */
export const USUAL_ON_DEPENDENCY: OnDependency = 'partial';

interface Dependent {
  readonly after: readonly string[];
  readonly onDependency?: OnDependency;
}

/** The ends of one sync so far. */
export interface SyncEnds {
  readonly summaries: ReadonlyMap<string, Pick<RunSummary, 'job' | 'status'>>;
  /** Jobs that did not start because of a dependency. */
  readonly heldBack: ReadonlySet<string>;
}

/**
 * Returns why a job may not start, as a sentence; undefined when it may. A dependency that the org does not offer holds nobody back: there is
 * nothing to wait for. One that the sync does not run is none.
 */
export function whyHeldBack(
  { after, onDependency = USUAL_ON_DEPENDENCY }: Dependent,
  { summaries, heldBack }: SyncEnds,
): string | undefined {
  if (onDependency === 'any') return undefined;
  const isBroken = ({ job, status }: Pick<RunSummary, 'job' | 'status'>): boolean =>
    status === 'failed' || status === 'cancelled' || heldBack.has(job);
  const ends = after.flatMap((name) => summaries.get(name) ?? []);
  const broken = ends.find(isBroken);
  if (broken !== undefined) {
    const how = broken.status === 'skipped' ? 'was skipped' : `ended ${broken.status}`;
    return `Job "${broken.job}", which it comes after, ${how}.`;
  }
  const partial = onDependency === 'success' ? ends.find(({ status }) => status === 'partial_success') : undefined;
  return partial === undefined
    ? undefined
    : `Job "${partial.job}", which it comes after, ended with rejects, and "onDependency: success" waits for all rows.`;
}
