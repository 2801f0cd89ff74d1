import Table from 'cli-table3';
import colors from 'picocolors';
import type { RunSummary } from '../domain/run.ts';

const number = new Intl.NumberFormat('en-US');

const STATUS_COLORS: Readonly<Record<string, (text: string) => string>> = {
  success: colors.green,
  active: colors.green,
  available: colors.green,
  partial_success: colors.yellow,
  skipped: colors.yellow,
  unavailable: colors.yellow,
  awaiting_authorization: colors.yellow,
  reauthorization_required: colors.red,
  failed: colors.red,
  cancelled: colors.red,
  revoked: colors.red,
};

/** A status in its colour; picocolors leaves text plain where colours are not wanted. */
export const status = (text: string): string => (STATUS_COLORS[text] ?? String)(text.replaceAll('_', ' '));

/** Draws rows under a head; columns whose cells are all numbers stand to the right. */
export function drawTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const right = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const table = new Table({
    head: head.map((cell) => colors.bold(cell)),
    colAligns: right.map((isNumber) => (isNumber ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? number.format(cell) : cell))));
  return table.toString();
}

/** The table at the end of a sync, and the reasons of what did not go well. */
export function summaryTable(summaries: readonly RunSummary[]): string {
  const rows = summaries.map((summary) => [
    summary.job,
    ...[
      summary.read,
      summary.inserted,
      summary.updated,
      summary.unchanged,
      summary.deleted,
      summary.rejected,
      summary.openRejects,
      summary.pending,
      summary.outOfScope,
    ],
    summary.seconds.toFixed(1),
    status(summary.status),
  ]);
  const head = [
    'job',
    'read',
    'inserted',
    'updated',
    'unchanged',
    'deleted',
    'rejected',
    'open rejects',
    'pending',
    'out of scope',
    'seconds',
    'status',
  ];
  const reasons = summaries.flatMap(({ job, reason, errorCode }) =>
    reason === undefined ? [] : [`${job}: ${reason}${errorCode === undefined ? '' : ` [${errorCode}]`}`],
  );
  return [drawTable(head, rows), ...reasons].join('\n');
}
