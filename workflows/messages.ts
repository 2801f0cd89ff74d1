import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import type { DryRun } from '../domain/dry-run.ts';
import type { Examination } from '../domain/examination.ts';
import type { ConnectionState } from '../domain/lifecycle.ts';
import type { ModeChoice } from '../domain/mode-choice.ts';
import type { RunSummary, Trigger } from '../domain/run.ts';

/** Messages of `connection/<name>`; docs/operate.md shows each as JSON for the Web UI and the `temporal` CLI. */

/** Consent happened; the code waits, encrypted, in the vault. */
export const oauthCallback = defineSignal<[{ readonly attemptId: string }]>('oauthCallback');
/** Stops everything: schedules, runs, grant. */
export const revoke = defineSignal<[{ readonly reason?: string }?]>('revoke');
/** Somebody wants the connection authorized anew; it stays as it is until a new grant is there. */
export const reauthorize = defineSignal<[{ readonly reason?: string }?]>('reauthorize');
/** A run found that Salesforce no longer accepts the grant. */
export const grantLost = defineSignal('grantLost');
/** A sync has ended. */
export const runFinished = defineSignal<[FinishedSync]>('runFinished');

/** The configuration in PostgreSQL has changed; answers with what is in force. */
export const configure = defineUpdate<ConnectionStatus>('configure');
/** Checks a configuration that is not in force yet against the org; changes nothing. */
export const examine = defineUpdate<Examination, [ExamineChoice]>('examine');
/** Loads the first rows of a job, takes them back and answers with what would have become of them. */
export const dryRun = defineUpdate<DryRun, [DryRunChoice]>('dryRun');
/** Starts a sync and answers with its id. */
export const runJobs = defineUpdate<{ readonly syncId: string }, [SyncChoice]>('runJobs');
/** Ends the connection for good; refused while runs are active. Rows stay. */
export const destroy = defineUpdate<ConnectionStatus>('destroy');
/** Pauses a schedule of the connection, or all. */
export const pauseSchedule = defineUpdate<readonly string[], [ScheduleChoice]>('pauseSchedule');
export const resumeSchedule = defineUpdate<readonly string[], [ScheduleChoice]>('resumeSchedule');

export const status = defineQuery<ConnectionStatus>('status');

export interface ExamineChoice {
  readonly spec: ConnectionSpec;
  /** Jobs whose rows the org shall count. */
  readonly count: readonly string[];
  /** Jobs to be compiled as an incremental run from this instant on. */
  readonly since?: Readonly<Record<string, string>>;
  /** Objects to be described. */
  readonly describe?: readonly string[];
}

export interface DryRunChoice {
  readonly job: string;
  /** At most as many are read. */
  readonly rows: number;
}

export interface FinishedSync {
  readonly syncId: string;
  readonly trigger: Trigger;
  readonly jobs: readonly RunSummary[];
}

/** Without a mode only what has changed is read. */
export interface SyncChoice extends ModeChoice {
  /** All enabled jobs when absent. */
  readonly jobs?: readonly string[];
}

export interface ScheduleChoice {
  /** Name of a job or chain; all of the connection when absent. */
  readonly name?: string;
}

export interface ConnectionStatus {
  readonly connection: string;
  readonly state: ConnectionState;
  /** The binding, 18 characters; null before the first authorization. */
  readonly orgId: string | null;
  readonly orgName: string | null;
  readonly username: string | null;
  readonly revision: number;
  readonly jobs: readonly { readonly name: string; readonly enabled: boolean; readonly lastRun?: RunSummary }[];
  /** Syncs that are under way. */
  readonly runningSyncs: readonly string[];
  /** Set while somebody has asked for a new authorization; the sentence says why. */
  readonly reauthorizationAsked?: string;
  /** How the last authorization attempt ended, when it did not succeed. */
  readonly lastRefusal?: string;
}
