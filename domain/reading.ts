/**
 * One query of a run. A run carries out its readings one after the other.
 *
 * `rows`: what the job loads.
 */
export interface Reading {
  readonly kind: 'rows';
  readonly soql: string;
  /** Deleted rows too. */
  readonly all: boolean;
}

/**
 * How often a run starts a reading over before it gives up. Each time the org has forgotten a cursor or a Bulk job, which takes days or
 * somebody's hand: more than a few times in one run means that something is wrong.
 */
export const MOST_RESTARTS = 5;
