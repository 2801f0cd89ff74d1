import type { ConnectionSpec } from '../domain/connection-spec.ts';
import type { JobSpec } from '../domain/job-spec.ts';
import type { Diagnostic, Severity } from './diagnostic.ts';
import type { Path, SourceDocument } from './source-document.ts';

/** A job as it will be, and where it is written: under `jobs:` of a connection, in a document of its own, or nowhere. */
export interface DraftJob {
  readonly spec: JobSpec;
  readonly fromCatalog: boolean;
  /** Name of the connection that the job says it belongs to; absent when it says none that is valid. */
  readonly connection?: string;
  readonly document: SourceDocument;
  /** Path of the job in its document. */
  readonly base: Path;
}

export interface DraftConnection {
  readonly spec: ConnectionSpec;
  readonly document: SourceDocument;
  readonly jobs: readonly DraftJob[];
}

/** What all files together declare, merged with the catalog; rules look at this. */
export interface Draft {
  readonly connections: readonly DraftConnection[];
  /** Custom jobs whose connection is not declared. */
  readonly strays: readonly DraftJob[];
}

export interface Problem {
  /** Below the job or the connection. */
  readonly path: Path;
  readonly part?: 'key' | 'value';
  readonly message: string;
  readonly severity?: Severity;
}

export const jobProblem = ({ document, base }: DraftJob, { path, part, message, severity }: Problem): Diagnostic =>
  document.problem({ path: [...base, ...path], ...(part ? { part } : {}) }, message, severity);

export const connectionProblem = (
  { document }: DraftConnection,
  { path, part, message, severity }: Problem,
): Diagnostic => document.problem({ path, ...(part ? { part } : {}) }, message, severity);

/** Where the source of a job is written: flat under `jobs:`, in `source:` of a job document. */
export const sourcePath = ({ fromCatalog }: DraftJob, key: string): Path => (fromCatalog ? [key] : ['source', key]);

export const isWritten = ({ document, base }: DraftJob, path: Path): boolean => document.has([...base, ...path]);
