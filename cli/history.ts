import colors from 'picocolors';
import { createDeployments, whileApplying, type AppliedRevision } from '../adapters/postgres/deployments.ts';
import { fileProblem } from '../config/diagnostic.ts';
import { MooringError } from '../domain/errors.ts';
import { countChanges } from '../domain/plan.ts';
import { planConnection } from '../domain/plan-connection.ts';
import { applyPlan, type ApplyOptions } from './apply-plan.ts';
import { accountName } from './account-name.ts';
import { APPLY_PATIENCE_MS } from './apply.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { makePlan } from './make-plan.ts';
import { openPool, withSystem } from './system.ts';
import { resolveDatabaseUrl } from './settings.ts';
import { drawTable } from './tables.ts';

/** What a revision changed of the one before, in numbers. */
function changesOf({ spec }: AppliedRevision, before: AppliedRevision | undefined): string {
  const deployed =
    before === undefined
      ? {}
      : {
          deployed: {
            ...({ spec: before.spec, state: 'awaiting_authorization', revision: before.revision } as const),
            ...{ isOrphaned: false, removedJobs: [] },
          },
        };
  const counts = countChanges({ connections: [planConnection({ desired: spec, ...deployed, database: [] })] });
  return `+${counts.create} ~${counts.update} -${counts.delete}`;
}

function printHistory(revisions: readonly AppliedRevision[]): string {
  const rows = revisions.map((revision, index) => [
    String(revision.revision),
    revision.appliedAt.toISOString(),
    revision.appliedBy,
    revision.commit === null ? '' : `${revision.commit.slice(0, 10)}${revision.isDirty === true ? ' and changes' : ''}`,
    revision.author ?? '',
    revision.rolledBackTo === null ? changesOf(revision, revisions[index + 1]) : `back to ${revision.rolledBackTo}`,
  ]);
  return drawTable(['revision', 'applied', 'by', 'commit', 'author', 'changes'], rows);
}

/** Brings an earlier revision back as a new one: shows it as a plan, and asks. */
async function rollback(name: string, wanted: string, options: ApplyOptions, context: CliContext): Promise<number> {
  return withSystem(context, (system) =>
    whileApplying(system.pool, APPLY_PATIENCE_MS, async () => {
      const revisions = await createDeployments(system.pool).history(name);
      const revision = revisions.find((each) => String(each.revision) === wanted);
      if (revision === undefined) {
        const known = revisions.slice(0, 20).map((each) => each.revision);
        throw new MooringError(
          'USAGE',
          `Connection "${name}" has no revision "${wanted}". It has: ${known.join(', ')}. See: mooring history ${name}`,
        );
      }
      const source = `revision ${revision.revision} of ${name}`;
      const made = await makePlan(system, {
        connections: [revision.spec],
        locate: (_place, message, severity = 'error') => ({ ...fileProblem(source, message), severity }),
      });
      const { commit, author } = revision;
      const provenance = { appliedBy: accountName(), commit, author, isDirty: null, rolledBackTo: revision.revision };
      const outcome = await applyPlan(system, made, { ...options, provenance, context });
      if (outcome === EXIT.clean)
        context.print(colors.dim('The files are as they were: change them too, or the next apply undoes this.'));
      return outcome;
    }),
  );
}

export const addHistory: AddCommand = (program, context) => {
  program
    .command('history')
    .description('Show the revisions of a connection: when, by whom, from which commit.')
    .argument('<name>', 'the connection')
    .option('--json', 'print as JSON, with the whole specifications')
    .addHelpText('after', '\nExamples:\n  $ mooring history acme\n  $ mooring history acme --json')
    .action(async (name: string, { json }: { json?: true }) => {
      const pool = await openPool({ databaseUrl: await resolveDatabaseUrl(context) });
      try {
        const revisions = await createDeployments(pool).history(name);
        context.print(json ? JSON.stringify(revisions, undefined, 2) : printHistory(revisions));
        context.exit(EXIT.clean);
      } finally {
        await pool.end();
      }
    });
  program
    .command('rollback')
    .description('Bring an earlier revision of a connection back, as a plan that is shown and asked about. Rows stay.')
    .argument('<name>', 'the connection')
    .argument('<revision>', 'its number, as history shows it')
    .option('--yes', 'do not ask')
    .option('--allow-rewrite', 'change column types even where PostgreSQL rewrites the whole table for it')
    .addHelpText('after', '\nExamples:\n  $ mooring rollback acme 3')
    .action(async (name: string, revision: string, options: ApplyOptions) =>
      context.exit(await rollback(name, revision, options, context)),
    );
};
