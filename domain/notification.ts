import type { ConnectionSpec } from './connection-spec.ts';
import type { RunSummary } from './run.ts';

type Notify = ConnectionSpec['notify'];

/** One mail. Holds names, counts and sentences of ours; never a row's value, never a secret. */
export interface Notification {
  /** The same event makes the same key, and one mail. */
  readonly event: string;
  /** At least one. */
  readonly recipients: readonly string[];
  /** One line of ASCII. */
  readonly subject: string;
  readonly body: string;
}

export const isNotifying = ({ success, failure }: Notify): boolean => success.length + failure.length > 0;

/** Tells that somebody has to authorize the connection again; `undefined` when nobody wants to know. */
export function ofLostGrant(connection: string, { failure }: Notify, generation: string): Notification | undefined {
  if (failure.length === 0) return undefined;
  return {
    event: `grant_lost/${generation}`,
    recipients: failure,
    subject: `[Mooring] ${connection} must be authorized again`,
    body: `Salesforce no longer accepts the grant of connection "${connection}".

Its schedules are paused; running jobs wait, for up to six days. Everything else is as it was.

Authorize it again: mooring authorize ${connection}
`,
  };
}

/**
 * Tells how a sync ended: its bad ends to one list, its success to the other. `undefined` when nobody wants to know, or when nothing
 * ran: a sync that was cancelled or skipped as a whole is somebody's doing, and they know.
 */
export function ofEndedSync(
  connection: string,
  { success, failure }: Notify,
  { syncId, jobs }: { readonly syncId: string; readonly jobs: readonly RunSummary[] },
): Notification | undefined {
  const bad = jobs.filter(({ status }) => status === 'failed' || status === 'partial_success');
  if (bad.length === 0 && !jobs.some(({ status }) => status === 'success')) return undefined;
  const recipients = bad.length > 0 ? failure : success;
  if (recipients.length === 0) return undefined;
  const which = bad.length === 1 ? (bad[0]?.job ?? '') : `${bad.length} jobs`;
  return {
    event: syncId,
    recipients,
    subject: `[Mooring] ${connection}: ${bad.length === 0 ? 'all jobs succeeded' : `${which} did not simply succeed`}`,
    body: `${jobs.map(lineOf).join('\n')}\n\nWorkflow: ${syncId}\n`,
  };
}

const lineOf = ({ job, status, read, rejected, openRejects, reason }: RunSummary): string =>
  [
    `${job}: ${status.replaceAll('_', ' ')}`,
    ...(status === 'skipped' ? [] : [`${read} rows read`]),
    ...(rejected > 0 ? [`${rejected} rejected`] : []),
    ...(openRejects > 0 ? [`${openRejects} open rejects`] : []),
    ...(reason === undefined ? [] : [reason]),
  ].join(', ');
