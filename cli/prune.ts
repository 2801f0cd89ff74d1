import { findOrphans, type Orphan } from '../adapters/postgres/orphans.ts';
import { countRows } from '../adapters/postgres/connection-rows.ts';
import { createDeployments } from '../adapters/postgres/deployments.ts';
import { prune } from '../adapters/postgres/prune.ts';
import type { Pool } from '../adapters/postgres/pool.ts';
import { MooringError } from '../domain/errors.ts';
import { accountName } from './account-name.ts';
import { ask } from './ask.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { resolveDatabaseUrl } from './settings.ts';
import { openPool } from './system.ts';
import { drawTable } from './tables.ts';

interface CountedOrphan extends Orphan {
  readonly rows: Readonly<Record<string, number>>;
}

async function count(pool: Pool, orphan: Orphan): Promise<CountedOrphan> {
  const rows: Record<string, number> = {};
  for (const table of orphan.tables)
    rows[`${table.schema}.${table.table}`] = await countRows(pool, table, orphan.connectionId);
  return { ...orphan, rows };
}

const table = (orphans: readonly CountedOrphan[]): string =>
  drawTable(
    ['connection', 'org', 'destroyed on', 'table', 'rows'],
    orphans.flatMap(({ name, orgId, destroyedAt, rows }) =>
      Object.entries(rows).map(([place, number]) => [name, orgId ?? '', destroyedAt.toISOString(), place, number]),
    ),
  );

/** What files no longer declare: it is kept until somebody ends it. */
interface Undeclared {
  readonly connection: string;
  /** Absent when the whole connection is in no file. */
  readonly job?: string;
  readonly table?: string;
}

async function findUndeclared(pool: Pool): Promise<Undeclared[]> {
  const deployments = await createDeployments(pool).list();
  return deployments.flatMap(({ name: connection, spec: { schema }, isOrphaned, removedJobs }) => [
    ...(isOrphaned ? [{ connection }] : []),
    ...removedJobs.map(({ name: job, target }) => ({ connection, job, table: `${schema}.${target.table}` })),
  ]);
}

interface Listed {
  readonly orphans: readonly CountedOrphan[];
  readonly undeclared: readonly Undeclared[];
}

function list({ orphans, undeclared }: Listed, json: boolean, { print }: CliContext): number {
  if (json) {
    const destroyed = orphans.map(({ connectionId, name, orgId, orgName, destroyedAt, rows }) => ({
      ...{ why: 'destroyed', connectionId, connection: name, orgId, orgName, destroyedAt, rows },
    }));
    const kept = undeclared.map((each) => ({ why: 'in no file', ...each }));
    print(JSON.stringify([...destroyed, ...kept], undefined, 2));
    return EXIT.clean;
  }
  if (orphans.length === 0 && undeclared.length === 0)
    print('Nothing is orphaned: all rows belong to connections and jobs that are in the files.');
  if (undeclared.length > 0) {
    const rows = undeclared.map(({ connection, job = 'all', table = '' }) => [connection, job, table]);
    print(
      `In no file any more; nothing of it runs, and its rows stay:\n${drawTable(['connection', 'job', 'table'], rows)}`,
    );
    print('End a connection for good: mooring connection destroy NAME. Go on: put it back into the files.');
  }
  if (orphans.length > 0) {
    print(`Destroyed connections have left these rows:\n${table(orphans)}`);
    print('Delete the rows of one: mooring prune NAME. Go on with them: mooring connection adopt NAME');
  }
  return EXIT.clean;
}

async function remove(pool: Pool, orphans: readonly CountedOrphan[], context: CliContext): Promise<number> {
  const abort = new AbortController();
  void context.interrupted.then(() => abort.abort());
  for (const orphan of orphans) {
    const options = { pool, orphan, actor: accountName(), signal: abort.signal };
    const { rows, finished } = await prune(options);
    for (const [place, deleted] of Object.entries(rows)) context.print(`Deleted ${deleted} rows of ${place}.`);
    if (finished) continue;
    context.warn('Interrupted: what is deleted stays deleted. Run the same command again to go on.');
    return EXIT.failed;
  }
  return EXIT.clean;
}

async function pruneCommand(
  name: string | undefined,
  { yes, json }: { readonly yes?: true; readonly json?: true },
  context: CliContext,
): Promise<number> {
  const pool = await openPool({ databaseUrl: await resolveDatabaseUrl(context) });
  try {
    const orphans: CountedOrphan[] = [];
    for (const orphan of await findOrphans(pool, name)) orphans.push(await count(pool, orphan));
    if (name === undefined || (json && !yes)) {
      const undeclared = name === undefined ? await findUndeclared(pool) : [];
      return list({ orphans, undeclared }, json === true, context);
    }
    if (orphans.length === 0) {
      throw new MooringError(
        'REFUSED',
        `There is nothing of "${name}" to prune: only rows that a destroyed connection has left are deleted. To see what there is: mooring prune`,
      );
    }
    if (!yes) {
      context.print(table(orphans));
      const typed = await ask(`This deletes these rows for good. Type the name of the connection to go on: `);
      if (typed !== name) {
        context.warn(`That is not "${name}"; nothing was changed. In scripts: mooring prune ${name} --yes`);
        return EXIT.failed;
      }
    }
    return await remove(pool, orphans, context);
  } finally {
    await pool.end();
  }
}

export const addPrune: AddCommand = (program, context) => {
  program
    .command('prune')
    .description(
      'List what is in no file any more and what destroyed connections have left, or delete the rows of one of those.',
    )
    .argument('[name]', 'the destroyed connection; a list of all when absent')
    .option('--yes', 'delete without asking, for scripts')
    .option('--json', 'print the list as JSON')
    .addHelpText('after', '\nExamples:\n  $ mooring prune\n  $ mooring prune acme\n  $ mooring prune acme --yes')
    .action(async (name: string | undefined, options: { yes?: true; json?: true }) =>
      context.exit(await pruneCommand(name, options, context)),
    );
};
