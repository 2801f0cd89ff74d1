import type { JobSpec } from '../../domain/job-spec.ts';
import { ident } from './page-sql.ts';
import type { Client } from './pool.ts';
import { isKeyIndex, type ExistingTables } from './table-steps.ts';
import { readColumns, readIndexes } from './target-tables.ts';

/** A table that is there already, as far as loading into it goes. */
interface ExistingTable {
  /** A table may be a partitioned one. */
  readonly kind: 'table' | 'view' | 'foreign table';
  /** Who may change it. */
  readonly owner: string;
  readonly isOurs: boolean;
  /** What the role of `DATABASE_URL` may not do with it. */
  readonly denied: readonly string[];
  /** Columns that must not be null and that nothing fills but a mapping. */
  readonly demanding: readonly string[];
  /** Columns that PostgreSQL computes. */
  readonly generated: readonly string[];
}

/** Reads tables of a schema: three queries. */
export async function readExistingTables(
  client: Pick<Client, 'query'>,
  schema: string,
  tables: readonly string[],
): Promise<Omit<ExistingFacts, 'jobs'>> {
  const columns = (condition: string): string =>
    `ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND ${condition} ORDER BY 1)`;
  const { rows } = await client.query<ExistingTable & { name: string }>(
    `SELECT c.relname AS name, pg_get_userbyid(c.relowner) AS owner, pg_has_role(c.relowner, 'USAGE') AS "isOurs",
       CASE WHEN c.relkind IN ('r', 'p') THEN 'table' WHEN c.relkind = 'f' THEN 'foreign table' ELSE 'view' END AS kind,
       ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p WHERE NOT has_table_privilege(c.oid, p)) AS denied,
       ${columns(`a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''`)} AS demanding,
       ${columns(`(a.attgenerated <> '' OR a.attidentity = 'a')`)} AS generated
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
    [schema, tables],
  );
  return {
    ...{ schema, tables: new Map(rows.map(({ name, ...table }) => [name, table])) },
    ...{ columns: await readColumns(client, schema), indexes: await readIndexes(client, schema) },
  };
}

/** Columns that loading needs beside the mapped ones and, in a table of Mooring, an `id`. */
const OWN_COLUMNS: Readonly<Record<string, string>> = {
  connection_id: 'uuid',
  source_modstamp: 'timestamptz',
  deleted_at: 'timestamptz',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
};

/** Those that every new row gets a value in. */
const FILLED: ReadonlySet<string> = new Set(['connection_id', 'source_modstamp']);

interface ExistingProblem {
  /** Below the job. */
  readonly path: readonly string[];
  readonly message: string;
}

interface ExistingFacts extends ExistingTables {
  readonly schema: string;
  readonly tables: ReadonlyMap<string, ExistingTable>;
  /** All jobs of the connection. */
  readonly jobs: readonly JobSpec[];
}

const at = (message: string, path: readonly string[] = ['target', 'table']): ExistingProblem => ({ path, message });

/** Returns what stands in the way of loading into a table that is there, be it said to be or not. Pure. */
export const existingProblems = (job: JobSpec, facts: ExistingFacts): ExistingProblem[] =>
  job.target.existing === true ? ownTableProblems(job, facts) : unsaidProblems(job, facts);

/** A table without the columns of every table that Mooring makes is somebody else's, and nobody has said that it is to be loaded into. */
function unsaidProblems({ target: { table } }: JobSpec, { schema, tables, columns }: ExistingFacts): ExistingProblem[] {
  const found = tables.get(table);
  if (found === undefined) return [];
  const name = `"${schema}.${table}"`;
  if (found.kind !== 'table')
    return [
      at(`${name} is there already as a ${found.kind}, and rows are loaded into tables only. Name another table.`),
    ];
  const lacks = ['id', ...Object.keys(OWN_COLUMNS)].filter((column) => !columns.has(`${table}.${column}`));
  if (lacks.length === 0) return [];
  return [
    at(
      `The table ${name} is there already, and Mooring has not made it: it lacks ${lacks.join(', ')}. Write "existing: true" under "target" to load into it, or name another table.`,
    ),
  ];
}

function ownTableProblems(job: JobSpec, facts: ExistingFacts): ExistingProblem[] {
  const { schema } = facts;
  const { table } = job.target;
  const name = `"${schema}.${table}"`;
  const found = facts.tables.get(table);
  if (found === undefined)
    return [at(`There is no table ${name}. Make it, or remove "existing": Mooring then makes one.`)];
  if (found.kind !== 'table') return [at(`${name} is a ${found.kind}, and rows are loaded into tables only.`)];
  const deletes = job.onDelete === 'delete' || job.onLeaveFilter === 'delete';
  const denied = found.denied.filter((right) => right !== 'DELETE' || deletes);
  const mapped = new Set(
    job.mappings.flatMap(({ target, kind }) => (kind === 'lookup' ? [target, `${target}_source`] : [target])),
  );
  const typeOf = (column: string): string | undefined => facts.columns.get(`${table}.${column}`);
  const unfilled = found.demanding.filter((column) => !mapped.has(column) && !FILLED.has(column));
  const missing = [...Object.keys(OWN_COLUMNS), ...mapped].filter((column) => typeOf(column) === undefined);
  const lookers = facts.jobs.filter(({ mappings }) =>
    mappings.some((mapping) => mapping.kind === 'lookup' && mapping.table === table),
  );
  const id = typeOf('id');
  return [
    ...(denied.length === 0
      ? []
      : [
          at(
            `The role of DATABASE_URL may not write ${name}. Run as "${found.owner}": GRANT ${denied.join(', ')} ON ${ident(schema)}.${ident(table)} TO CURRENT_ROLE, with its name in place of CURRENT_ROLE.`,
          ),
        ]),
    ...(missing.length === 0 || found.isOurs
      ? []
      : [
          at(
            `${name} lacks the columns ${missing.join(', ')}, and only its owner "${found.owner}" may add them. Add them as that role, or make the role of DATABASE_URL a member of it.`,
          ),
        ]),
    ...(facts.indexes.get(table)?.some((index) => isKeyIndex(job.upsertKey, index)) === true
      ? []
      : [
          at(
            `${name} has no unique index over exactly ${job.upsertKey.map((column) => `"${column}"`).join(', ')}, so its rows cannot be found again. Make one: CREATE UNIQUE INDEX ON ${ident(schema)}.${ident(table)} (${job.upsertKey.map(ident).join(', ')})`,
            ['upsertKey'],
          ),
        ]),
    ...unfilled.map((column) =>
      at(
        `The column "${column}" of ${name} must not be null and has no default, and nothing is mapped onto it. Map a field, or give it a default.`,
        ['map'],
      ),
    ),
    ...found.generated
      .filter((column) => mapped.has(column))
      .map((column) =>
        at(`PostgreSQL computes the column "${column}" of ${name}, so nothing can be mapped onto it.`, ['map', column]),
      ),
    ...Object.entries(OWN_COLUMNS).flatMap(([column, type]) => {
      const is = typeOf(column);
      const isFine = is === undefined || is === type || (type === 'timestamptz' && /^timestamp/.test(is));
      return isFine
        ? []
        : [at(`The column "${column}" of ${name} is ${is}, and loading needs it as ${type}. Rename yours.`)];
    }),
    ...(id === undefined || id === 'uuid' || lookers.length === 0
      ? []
      : [
          at(
            `${lookers.map((looker) => `"${looker.name}"`).join(', ')} ${lookers.length === 1 ? 'looks' : 'look'} rows of ${name} up, by a column "id" of type uuid, and its "id" is ${id}. Rename yours, or take the lookup away.`,
          ),
        ]),
  ];
}
