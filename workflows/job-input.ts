import type { ModeChoice } from '../domain/mode-choice.ts';

/** What every job workflow is started with. */
export interface JobInput extends ModeChoice {
  readonly connection: string;
  readonly job: string;
  /** The sync that it belongs to; absent when started by hand. */
  readonly syncId?: string;
  /** Whether the server has Mooring's search attributes. */
  readonly searchable?: boolean;
}

/** Only how to run, and nothing that is not said: absent keys keep histories as they are. */
export const modeOf = ({ mode, from, to }: ModeChoice): ModeChoice => ({
  ...(mode === undefined ? {} : { mode }),
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
});

/** Carried over when a long job continues as new. */
export interface Progress {
  readonly runId: string;
  readonly object: string;
  readonly table: string;
  /** How many queries the run consists of, and the one it is at, from 0. */
  readonly readings: number;
  readonly reading: number;
  /** How often a reading had to start over. */
  readonly restarts: number;
  /** Where loading goes on; absent until the reading has been asked for. Pages of one run are numbered through. */
  readonly place?: Place;
}

export interface Place {
  readonly firstPage: number;
  /** The first page that has not been loaded. */
  readonly nextPage: number;
  /** How many pages a Bulk job is expected to have; absent while walking REST pages. */
  readonly pages?: number;
}
