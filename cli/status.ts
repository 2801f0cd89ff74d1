import { createConnections } from '../adapters/postgres/connections.ts';
import { createJobs } from '../adapters/postgres/jobs.ts';
import { readLastAttempts } from '../adapters/postgres/last-attempt.ts';
import { findSharedGrants } from '../adapters/postgres/shared-grants.ts';
import { needsConsent } from '../domain/lifecycle.ts';
import { sharedGrantWarning } from '../domain/shared-grant.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { openPool } from './system.ts';
import { resolveDatabaseUrl } from './settings.ts';
import { jobsTable } from './jobs.ts';
import { status as coloured } from './tables.ts';

/** Shows connections, who authorized them, and their jobs. Reads PostgreSQL only, so it answers while Temporal is down. */
async function status(name: string | undefined, json: boolean, context: CliContext): Promise<number> {
  const pool = await openPool({ databaseUrl: await resolveDatabaseUrl(context) });
  try {
    const connections = createConnections(pool);
    const found = name === undefined ? await connections.list() : [await connections.findOrThrow(name)];
    const jobs = await createJobs(pool).list(name);
    const shared = await findSharedGrants(pool);
    const attempts = await readLastAttempts(pool);
    const shown = found.map((record) => {
      const {
        connectionId,
        name: connection,
        state,
        orgId,
        orgName,
        username,
        scopes,
        authorizedAt,
        revision,
      } = record;
      const last = attempts.get(connectionId)?.outcome;
      return {
        ...{ connection, state, orgId, orgName, username, scopes, authorizedAt, revision, schema: record.spec.schema },
        lastRefusal: last && last.outcome !== 'authorized' ? last : null,
        sharesGrantWith: shared.get(connection) ?? [],
        jobs: jobs.filter((job) => job.connection === connection),
      };
    });
    if (json) {
      context.print(JSON.stringify(shown, undefined, 2));
      return EXIT.clean;
    }
    if (shown.length === 0)
      context.print('There are no connections yet. Declare one in YAML and run: mooring apply DIR');
    for (const one of shown) {
      const who =
        one.orgId === null
          ? 'not authorized yet'
          : `${one.orgName ?? 'org'} (${one.orgId}), authorized by ${one.username ?? ''} on ${one.authorizedAt?.toISOString() ?? ''} for ${one.scopes.join(' ')}`;
      context.print(`${one.connection}: ${coloured(one.state)}, revision ${one.revision}, ${who}`);
      if (one.lastRefusal) context.print(`  The last authorization did not succeed: ${one.lastRefusal.message}`);
      if (needsConsent(one.state)) context.print(`  Authorize it: mooring authorize ${one.connection}`);
      if (one.sharesGrantWith.length > 0) context.print(`  Warning: ${sharedGrantWarning(one.sharesGrantWith)}`);
      context.print(jobsTable(one.jobs));
    }
    return EXIT.clean;
  } finally {
    await pool.end();
  }
}

export const addStatus: AddCommand = (program, context) => {
  program
    .command('status')
    .description('Show connections: state, org, who authorized, jobs and their last runs.')
    .argument('[name]', 'the connection; all when absent')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExamples:\n  $ mooring status\n  $ mooring status acme --json')
    .action(async (name: string | undefined, { json }: { json?: true }) =>
      context.exit(await status(name, json === true, context)),
    );
};
