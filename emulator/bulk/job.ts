import { ApiError } from '../api-error.ts';
import { MESSAGES } from '../error-strings.ts';

/** States of a query job; there is no `Open`. */
export type JobState = 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';

export const isFinished = (state: JobState): boolean => state !== 'UploadComplete' && state !== 'InProgress';

/** Delimiters by the name that a job gives. */
export const DELIMITERS = {
  COMMA: ',',
  BACKQUOTE: '`',
  CARET: '^',
  PIPE: '|',
  SEMICOLON: ';',
  TAB: '\t',
} as const;
export type ColumnDelimiter = keyof typeof DELIMITERS;

export const LINE_ENDINGS = { LF: '\n', CRLF: '\r\n' } as const;
export type LineEnding = keyof typeof LINE_ENDINGS;

/** Returns the name that a client chose among those of a setting. @throws ApiError API_ERROR */
export function choice<Name extends string>(
  names: Readonly<Record<Name, string>>,
  value: unknown,
  fallback: Name,
  what: string,
): Name {
  if (value === undefined) return fallback;
  if (typeof value === 'string' && value in names) return value as Name;
  throw new ApiError(400, 'API_ERROR', MESSAGES.invalidValue(what, value));
}

/** A query job as stored. */
export interface Job {
  readonly id: string;
  readonly orgId: string;
  readonly userId: string;
  readonly operation: 'query' | 'queryAll';
  readonly soql: string;
  readonly object: string;
  /** `62.0`. */
  readonly apiVersion: string;
  readonly columnDelimiter: ColumnDelimiter;
  readonly lineEnding: LineEnding;
  readonly state: JobState;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly rows: number;
  readonly processingMs: number;
  readonly errorMessage: string | null;
}

export const restDate = (date: Date): string => date.toISOString().replace('Z', '+0000');

/** Returns what the reply to the creation of a job says. */
export const createdReply = (job: Job): Record<string, unknown> => ({
  id: job.id,
  operation: job.operation,
  object: job.object,
  createdById: job.userId,
  createdDate: restDate(job.createdAt),
  systemModstamp: restDate(job.modifiedAt),
  state: job.state,
  concurrencyMode: 'Parallel',
  contentType: 'CSV',
  apiVersion: Number(job.apiVersion),
  lineEnding: job.lineEnding,
  columnDelimiter: job.columnDelimiter,
});

/** Returns what a reply about an existing job says. */
export const jobReply = (job: Job): Record<string, unknown> => ({
  ...createdReply(job),
  jobType: 'V2Query',
  numberRecordsProcessed: job.rows,
  retries: 0,
  totalProcessingTime: job.processingMs,
  isPkChunkingSupported: true,
  ...(job.errorMessage === null ? {} : { errorMessage: job.errorMessage }),
});

/** Writes the version as a decimal, as an org does; a number of JavaScript would lose the `.0`. */
export const jobJson = (reply: Record<string, unknown>): string =>
  JSON.stringify(reply).replaceAll(/"apiVersion":(\d+)(?=[,}])/g, '"apiVersion":$1.0');
