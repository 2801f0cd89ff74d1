import type { ConnectionSpec } from '../domain/connection-spec.ts';
import type { ColumnType } from '../domain/job-spec.ts';
import type { ConnectionState } from '../domain/lifecycle.ts';
import type { Instant } from '../domain/window.ts';
import type { SalesforcePort, SyncPorts } from './sync-ports.ts';

export interface ExaminePorts extends Pick<SyncPorts, 'describeCache' | 'readColumns'> {
  readonly connection: (
    name: string,
  ) => Promise<{ readonly connectionId: string; readonly state: ConnectionState; readonly spec: ConnectionSpec }>;
  /** The org by an API version, such as `62.0`, which need not be the one that is deployed. */
  readonly salesforce: (connectionId: string, apiVersion: string, signal?: AbortSignal) => SalesforcePort;
  /** API versions that the org serves, oldest first. */
  readonly listVersions: (connectionId: string, signal?: AbortSignal) => Promise<readonly string[]>;
  /** Names of all objects that the authorized user may see. */
  readonly listObjects: (connectionId: string, signal?: AbortSignal) => Promise<readonly string[]>;
}

export interface ExamineInput {
  readonly connection: string;
  /** As it would be; not what is deployed. */
  readonly spec: ConnectionSpec;
  /** Jobs whose rows are counted: a count of millions takes Salesforce a while. */
  readonly count: readonly string[];
  /** Jobs to be compiled as an incremental run from this watermark on; the others as a full one. */
  readonly since?: Readonly<Record<string, Instant>>;
  /** Objects whose describes are wanted, whether or not a job reads them. */
  readonly describe?: readonly string[];
}

/** What all jobs of one examination share. */
export interface ExamineContext extends ExamineInput {
  readonly ports: ExaminePorts;
  readonly api: SalesforcePort;
  readonly connectionId: string;
  readonly columns: ReadonlyMap<string, ColumnType>;
  readonly picklists: ReadonlySet<string>;
}
