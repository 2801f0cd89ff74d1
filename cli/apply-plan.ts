import { findSharedGrants } from '../adapters/postgres/shared-grants.ts';
import { printDiagnostics } from '../config/print-diagnostics.ts';
import { needsConsent } from '../domain/lifecycle.ts';
import { hasChanges } from '../domain/plan.ts';
import type { Provenance } from '../domain/provenance.ts';
import { sharedGrantWarning } from '../domain/shared-grant.ts';
import { carryOut } from './carry-out.ts';
import { EXIT, type CliContext } from './context.ts';
import { isBlocked, type MadePlan } from './make-plan.ts';
import { printPlan } from './print-plan.ts';
import type { System } from './system.ts';
import { status } from './tables.ts';

export interface ApplyOptions {
  readonly yes?: true;
  readonly allowRewrite?: true;
}

const isConfirmed = async ({ ask }: CliContext): Promise<boolean> =>
  ask !== undefined && (await ask('\nApply these changes? Type yes: ')).trim() === 'yes';

/** Shows a plan, asks, and carries that very plan out. Returns the exit status. */
export async function applyPlan(
  system: System,
  made: MadePlan,
  { yes, allowRewrite, provenance, context }: ApplyOptions & { provenance: Provenance; context: CliContext },
): Promise<number> {
  const { plan, diagnostics } = made;
  if (diagnostics.length > 0) context.warn(printDiagnostics(diagnostics));
  if (isBlocked(made)) return EXIT.failed;
  context.print(printPlan(plan));
  if (!hasChanges(plan)) return EXIT.clean;
  if (allowRewrite !== true && plan.connections.some(({ changes }) => changes.some(({ rewrites }) => rewrites))) {
    context.warn(
      'The plan rewrites a table, which holds readers off for as long as it takes. Nothing was changed: add --allow-rewrite.',
    );
    return EXIT.failed;
  }
  if (yes !== true && !(await isConfirmed(context))) {
    context.warn('Nothing was changed. Type "yes" when asked, or add --yes where nobody can answer.');
    return EXIT.failed;
  }
  await carryOut(system, plan, {
    provenance,
    async done({ connection, connectionId, revision, state }) {
      context.print(`${connection}: revision ${revision}, ${status(state)}`);
      if (needsConsent(state)) context.print(`  Authorize it: mooring authorize ${connection}`);
      const sharers = (await findSharedGrants(system.pool, connectionId)).get(connection);
      if (sharers !== undefined) context.warn(`  Warning: ${sharedGrantWarning(sharers)}`);
    },
  });
  return EXIT.clean;
}
