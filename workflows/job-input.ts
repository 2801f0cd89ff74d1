import type { RunMode } from '../domain/run.ts';

/** What every job workflow is started with. */
export interface JobInput {
  readonly connection: string;
  readonly job: string;
  /** The sync that it belongs to; absent when started by hand. */
  readonly syncId?: string;
  readonly mode?: RunMode;
  /** Whether the server has Mooring's search attributes. */
  readonly searchable?: boolean;
}

/** Carried over when a long job continues as new. */
export interface Progress {
  readonly runId: string;
  readonly object: string;
  readonly table: string;
  /** The first page that has not been loaded. */
  readonly nextPage: number;
  /** All pages of a Bulk job; absent while walking REST pages. */
  readonly pages?: number;
}
