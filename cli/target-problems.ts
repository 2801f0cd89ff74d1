import { existingProblems, readExistingTables } from '../adapters/postgres/existing-tables.ts';
import type { Client } from '../adapters/postgres/pool.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import type { Finding } from '../domain/examination.ts';
import type { JobSpec } from '../domain/job-spec.ts';

const customJobs = ({ jobs }: ConnectionSpec): readonly JobSpec[] => jobs.filter(({ kind }) => kind === 'custom');

/** Returns what tables that are there say against the custom jobs of a connection; asks three queries of each schema that has such jobs. */
export async function findTargetProblems(
  pool: Pick<Client, 'query'>,
  connections: readonly ConnectionSpec[],
): Promise<(connection: ConnectionSpec) => Finding[]> {
  const tables = new Map<string, Set<string>>();
  for (const connection of connections) {
    for (const { target } of customJobs(connection))
      tables.set(connection.schema, (tables.get(connection.schema) ?? new Set()).add(target.table));
  }
  const facts = new Map<string, Awaited<ReturnType<typeof readExistingTables>>>();
  for (const [schema, names] of tables) facts.set(schema, await readExistingTables(pool, schema, [...names]));
  return (connection) => {
    const known = facts.get(connection.schema);
    if (known === undefined) return [];
    return customJobs(connection).flatMap((job) =>
      existingProblems(job, { ...known, jobs: connection.jobs }).map(({ path, message }): Finding => ({
        ...{ severity: 'error', job: job.name },
        ...{ path, message },
      })),
    );
  };
}
