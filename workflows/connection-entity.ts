import type { LoadedConnection } from '../activities/authorization.ts';
import type { EndedSync } from '../activities/notifications.ts';
import type { RunSummary } from '../domain/run.ts';
import { createTurns } from './turns.ts';

export interface ConnectionInput {
  readonly connection: string;
  /** Whether the server has Mooring's search attributes. */
  readonly searchable?: boolean;
}

/** A signal that asks for work. Signals are kept as data, not as running handlers, so that none is lost when the workflow continues as new. */
export type Request =
  | {
      readonly attemptId: string;
      /** Revoked after the consent had arrived: then the grant that comes of it is revoked too. */
      readonly revoked?: true;
    }
  | { readonly revoke: { readonly reason?: string } };

/** What PostgreSQL does not know; carried over when the workflow continues as new. */
export interface Carried {
  readonly runningSyncs: readonly string[];
  readonly lastRuns: Readonly<Record<string, RunSummary>>;
  readonly lastRefusal?: string;
  readonly reauthorizationAsked?: string;
  /** Shown until PostgreSQL has been asked. */
  readonly known?: LoadedConnection;
  readonly requests?: readonly Request[];
  readonly answeredAttempts?: readonly string[];
  /** Grants that Salesforce has not been told about. */
  readonly isSalesforceUntold?: boolean;
  /** Ends that nobody has noted yet for those who want to know. */
  readonly untoldSyncs?: readonly EndedSync[];
}

/** Everything that the handlers of one connection share. */
export interface Entity {
  readonly input: ConnectionInput;
  readonly turns: ReturnType<typeof createTurns>;
  known: LoadedConnection;
  /** PostgreSQL may know better by now. */
  isStale: boolean;
  /** Not begun yet. */
  readonly requests: Request[];
  /** Attempts whose exchange is under way, by id. */
  readonly exchanging: Map<string, Extract<Request, { attemptId: string }>>;
  answeredAttempts: string[];
  isSalesforceUntold: boolean;
  isTellingSalesforce: boolean;
  isMailWaiting: boolean;
  readonly untoldSyncs: EndedSync[];
  syncsBeingTold: readonly EndedSync[];
  /** What the search attributes say. */
  indexed: string;
  runningSyncs: string[];
  lastRuns: Record<string, RunSummary>;
  lastRefusal: string | undefined;
  reauthorizationAsked: string | undefined;
}

const NOT_LOADED: LoadedConnection = {
  connectionId: '',
  state: 'awaiting_authorization',
  orgId: null,
  orgName: null,
  username: null,
  revision: 0,
  jobs: [],
  chains: [],
  waitingAttempts: [],
  isSalesforceUntold: false,
  isNotifying: false,
  isMailWaiting: false,
};

export const newEntity = (input: ConnectionInput, carried?: Carried): Entity => ({
  input,
  turns: createTurns(),
  known: carried?.known ?? NOT_LOADED,
  isStale: false,
  requests: [...(carried?.requests ?? [])],
  exchanging: new Map(),
  answeredAttempts: [...(carried?.answeredAttempts ?? [])],
  isSalesforceUntold: carried?.isSalesforceUntold ?? false,
  isTellingSalesforce: false,
  isMailWaiting: false,
  untoldSyncs: [...(carried?.untoldSyncs ?? [])],
  syncsBeingTold: [],
  indexed: '',
  runningSyncs: [...(carried?.runningSyncs ?? [])],
  lastRuns: { ...carried?.lastRuns },
  lastRefusal: carried?.lastRefusal,
  reauthorizationAsked: carried?.reauthorizationAsked,
});

/** Anybody may send names of jobs; only those of jobs that exist are taken along, so that what is carried stays small. */
const lastRunsOf = ({ known, lastRuns }: Entity): Carried['lastRuns'] =>
  known.revision === 0
    ? lastRuns
    : Object.fromEntries(
        known.jobs.flatMap(({ name }) => {
          const lastRun = lastRuns[name];
          return lastRun === undefined ? [] : [[name, lastRun]];
        }),
      );

/** An exchange under way is asked for again: its activity answers with what came of it. */
export const carriedOf = (entity: Entity): Carried => ({
  runningSyncs: entity.runningSyncs,
  lastRuns: lastRunsOf(entity),
  ...(entity.lastRefusal === undefined ? {} : { lastRefusal: entity.lastRefusal }),
  ...(entity.reauthorizationAsked === undefined ? {} : { reauthorizationAsked: entity.reauthorizationAsked }),
  known: entity.known,
  requests: [...entity.exchanging.values(), ...entity.requests],
  answeredAttempts: entity.answeredAttempts,
  isSalesforceUntold: entity.isSalesforceUntold || entity.isTellingSalesforce,
  // Noting an end twice notes it once.
  untoldSyncs: [...entity.syncsBeingTold, ...entity.untoldSyncs],
});
