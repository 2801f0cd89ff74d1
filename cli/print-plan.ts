import colors from 'picocolors';
import {
  countChanges,
  hasChanges,
  type Change,
  type ChangeAction,
  type ConnectionPlan,
  type Plan,
} from '../domain/plan.ts';

const SIGNS: Readonly<Record<ChangeAction, string>> = {
  create: colors.green('+'),
  update: colors.yellow('~'),
  delete: colors.red('-'),
};

const number = new Intl.NumberFormat('en-US');

export interface PrintOptions {
  /** Nobody was asked what is deployed. */
  readonly isOffline?: true;
}

/** Returns a plan as people read it: a block for each connection that changes, and a last line that sums it up. */
export function printPlan(plan: Plan, { isOffline }: PrintOptions = {}): string {
  const blocks = plan.connections.flatMap(printConnection);
  const nothing = isOffline
    ? 'No changes. The files say what was in force when the snapshot was taken.'
    : 'No changes. What is deployed is what the files say.';
  return [...blocks, summary(plan, nothing)].join('\n\n');
}

function printConnection(plan: ConnectionPlan): string[] {
  const { connection, changes, rereads, notices } = plan;
  if (changes.length === 0 && notices.length === 0) return [];
  const own = changes.find(({ what }) => what === 'connection');
  const isNew = own?.action === 'create';
  const head = own ?? { action: 'update' as const, what: 'connection' as const, name: connection };
  const lines = changes.length === 0 ? [`  connection ${connection}`] : [line(head, 0)];
  for (const change of changes) {
    if (change === own || change.job !== undefined) continue;
    lines.push(...withDdl(change, 2));
  }
  for (const job of new Set(changes.flatMap((change) => change.job ?? []))) {
    lines.push(
      ...printJob(
        job,
        changes.filter((change) => change.job === job),
        isNew,
      ),
    );
    const reread = rereads.find((each) => each.job === job);
    if (reread) lines.push(`      ${colors.cyan('↻')} reads ${amount(reread)} again: ${reread.why}`);
  }
  for (const { job, ...reread } of rereads) {
    if (changes.some((change) => change.job === job)) continue;
    lines.push(
      `  ${SIGNS.update} job ${job}`,
      `      ${colors.cyan('↻')} reads ${amount(reread)} again: ${reread.why}`,
    );
  }
  return [[...lines, ...notices.map((notice) => colors.dim(`  · ${notice}`))].join('\n')];
}

const amount = ({ rows, apiCalls }: { readonly rows?: number; readonly apiCalls?: number }): string =>
  rows === undefined ? 'every row' : `about ${number.format(rows)} rows (${number.format(apiCalls ?? 0)} API calls)`;

/** A job of a new connection is told in one line: its mappings are what the catalog or the file says. */
function printJob(job: string, changes: readonly Change[], isShort: boolean): string[] {
  const head = changes.find(({ what }) => what === 'job') ?? {
    action: 'update' as const,
    what: 'job' as const,
    name: job,
  };
  const below = changes.filter((change) => change !== head);
  const mappings = below.filter(({ what }) => what === 'mapping').length;
  if (isShort) return [`${line(head, 2)}${mappings === 0 ? '' : colors.dim(` (${mappings} mappings)`)}`];
  return [line(head, 2), ...below.flatMap((change) => withDdl(change, 6))];
}

const ARROWS: Partial<Record<Change['what'], string>> = { mapping: '←', column: '', table: '', schema: '' };

function line({ action, what, name, before, after, note }: Change, indent: number): string {
  const arrow = ARROWS[what] ?? '';
  const values =
    before !== undefined && after !== undefined
      ? ` ${before} → ${after}`
      : after !== undefined
        ? ` ${arrow === '' ? '' : `${arrow} `}${after}`
        : before !== undefined
          ? ` (${before})`
          : '';
  const label = what === 'setting' ? '' : `${what} `;
  const colon = values !== '' && what !== 'mapping' && what !== 'column' ? ':' : '';
  const reason = note === undefined ? '' : colors.dim(`, ${note}`);
  return `${' '.repeat(indent)}${SIGNS[action]} ${label}${name}${colon}${values}${reason}`;
}

function withDdl(change: Change, indent: number): string[] {
  const rewrite = change.rewrites
    ? [colors.red(`${' '.repeat(indent + 4)}rewrites the whole table: needs --allow-rewrite`)]
    : [];
  const ddl =
    change.ddl === undefined
      ? []
      : change.ddl.split('\n').map((text) => colors.dim(`${' '.repeat(indent + 4)}${text}`));
  return [line(change, indent), ...ddl, ...rewrite];
}

function summary(plan: Plan, nothing: string): string {
  if (!hasChanges(plan)) return nothing;
  const { create, update, delete: gone } = countChanges(plan);
  return colors.bold(`Plan: ${create} to add, ${update} to change, ${gone} to remove.`);
}
