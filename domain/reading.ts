import type { JobSpec } from './job-spec.ts';
import type { RunMode } from './run.ts';
import { LONGEST_SOQL, selectStatement, type Window } from './soql.ts';

/**
 * One query of a run. A run carries out its readings one after the other.
 *
 * `ids`: the ids of the window, whatever the filter, to tell what left it. `rows`: what the job loads. `rejects`: rows that could not be
 * loaded before, by id.
 */
export interface Reading {
  readonly kind: 'ids' | 'rows' | 'rejects';
  readonly soql: string;
  /** Deleted rows too. */
  readonly all: boolean;
  /** The ids that were read are kept until the run ends: what is missing among them has left. */
  readonly keepsIds: boolean;
  /** Every row of the object is asked for: there are about as many as the org counts. */
  readonly isWhole?: boolean;
}

/**
 * How often a run starts a reading over before it gives up. Each time the org has forgotten a cursor or a Bulk job, which takes days or
 * somebody's hand: more than a few times in one run means that something is wrong.
 */
export const MOST_RESTARTS = 5;

/** As many ids as fit into the address of a REST query. More of them go by as few statements as these can hold. */
const IDS_OF_ADDRESS = 300;
/** Characters of an id in a list: in quotes, with what separates it from the next. */
const ID_WIDTH = "'001000000000000AAA', ".length;

/** The columns of its pages. */
export const pathsOf = ({ kind }: Pick<Reading, 'kind'>, paths: readonly string[]): readonly string[] =>
  kind === 'ids' ? ['Id'] : paths;

export interface ReadingsInput {
  readonly job: Pick<JobSpec, 'onDelete' | 'onLeaveFilter' | 'extract'>;
  readonly mode: RunMode;
  readonly object: string;
  readonly paths: readonly string[];
  readonly filters: readonly string[];
  readonly hasIsDeleted: boolean;
  /** Nothing has been loaded before: nothing can have been deleted, or have left. */
  readonly isFirstLoad: boolean;
  /** Of the ids, where it is another one than that of the rows: what left did so since the watermark. */
  readonly idsWindow?: Window;
  readonly window?: Window;
  /** Source ids of rejects that are to be read again. */
  readonly rejects: readonly string[];
}

/** What a run has to find out besides the rows themselves. */
export function sweepsOf({
  job,
  mode,
  filters,
  isFirstLoad,
}: Pick<ReadingsInput, 'job' | 'mode' | 'filters' | 'isFirstLoad'>) {
  const left = filters.length > 0 && job.onLeaveFilter !== 'keep' && mode !== 'retry' && !isFirstLoad;
  const gone = mode === 'reconcile' && job.onDelete !== 'ignore';
  return { left, gone };
}

/**
 * Returns what a run reads, in this order.
 *
 * Ids come before rows: a row that changes in between is then among both, and never taken for one that left. Where the window is read with
 * deleted rows, their deletion is read whether they matched the filter or not; what we do not have is not touched.
 */
export function readingsOf(input: ReadingsInput): Reading[] {
  const { mode, object, paths, filters, window, idsWindow = window } = input;
  const { left, gone } = sweepsOf(input);
  const all = !input.isFirstLoad;
  const ids: Reading = {
    ...{ kind: 'ids', all: false, keepsIds: true },
    soql: selectStatement({ object, paths: ['Id'], filters: [], ...(idsWindow ? { window: idsWindow } : {}) }),
  };
  const rows: Reading = {
    ...{ kind: 'rows', all, keepsIds: left || gone },
    ...(filters.length === 0 && window === undefined ? { isWhole: true } : {}),
    soql: selectStatement({ object, paths, filters: withDeleted(input, all), ...(window ? { window } : {}) }),
  };
  const main = mode === 'retry' ? [] : [...(left || (gone && filters.length > 0) ? [ids] : []), rows];
  return [...main, ...rejectReadings(input)];
}

/** A subquery may not stand beside an OR. */
const hasSubquery = (filter: string): boolean => /\(\s*select\s/i.test(filter);

function withDeleted({ filters, hasIsDeleted, job }: ReadingsInput, all: boolean): readonly string[] {
  if (!all || !hasIsDeleted || job.onDelete === 'ignore' || filters.length === 0 || filters.some(hasSubquery))
    return filters;
  return [`(${filters.map((filter) => `(${filter})`).join(' AND ')}) OR IsDeleted = true`];
}

function rejectReadings(input: ReadingsInput): Reading[] {
  const { object, paths, rejects } = input;
  const ask = (ids: readonly string[]): string => {
    const wanted = `Id IN (${ids.map((id) => `'${id}'`).join(', ')})`;
    return selectStatement({ object, paths, filters: [...withDeleted(input, true), wanted] });
  };
  const room = Math.max(1, Math.floor((LONGEST_SOQL - ask([]).length) / ID_WIDTH));
  const size = Math.min(rejects.length > IDS_OF_ADDRESS ? rejects.length : IDS_OF_ADDRESS, room);
  const chunks = Array.from({ length: Math.ceil(rejects.length / size) }, (_, index) =>
    rejects.slice(index * size, (index + 1) * size),
  );
  return chunks.map((ids) => ({ kind: 'rejects', soql: ask(ids), all: true, keepsIds: false }));
}
