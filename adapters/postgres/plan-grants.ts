import { quote } from '../../domain/did-you-mean.ts';
import type { ConnectionSpec } from '../../domain/connection-spec.ts';
import { isModelTable, MODEL_TABLES } from '../../domain/model-tables.ts';
import type { Change } from '../../domain/plan.ts';
import { ident } from './page-sql.ts';
import type { Client } from './pool.ts';

/** What a role may do with a table, as PostgreSQL sees it. */
interface Access {
  readonly usesSchema: boolean;
  readonly exists: boolean;
  /** In any way: by a grant, a membership, as the owner. */
  readonly reads: boolean;
  /** By a grant to the role itself. */
  readonly isGranted: boolean;
  /** Whether we may let others read it. */
  readonly isOurs: boolean;
}

/** What a plan knows of the roles that its connections name. */
export interface GrantFacts {
  readonly roles: ReadonlySet<string>;
  /** By {@link keyOf}. */
  readonly access: ReadonlyMap<string, Access>;
}

const keyOf = (schema: string, role: string, table: string): string => JSON.stringify([schema, role, table]);

/** Tables of a connection that readers get: the customer model and what its own jobs fill. */
const tablesOf = ({ jobs }: Pick<ConnectionSpec, 'jobs'>): string[] => [
  ...new Set([...MODEL_TABLES, ...jobs.map(({ target }) => target.table)]),
];

/** Reads what the roles of some connections may do: one query, however many there are, and none where nobody names a role. */
export async function readGrants(pool: Pick<Client, 'query'>, specs: readonly ConnectionSpec[]): Promise<GrantFacts> {
  const wanted = specs.flatMap((spec) =>
    (spec.grants ?? []).flatMap((role) => tablesOf(spec).map((table) => [spec.schema, role, table] as const)),
  );
  if (wanted.length === 0) return { roles: new Set(), access: new Map() };
  const { rows } = await pool.query<Access & { schema: string; role: string; table: string }>(
    `SELECT w.schema, w.role, w.table, coalesce(has_schema_privilege(r.oid, n.oid, 'USAGE'), false) AS "usesSchema",
       c.oid IS NOT NULL AS exists, coalesce(has_table_privilege(r.oid, c.oid, 'SELECT'), false) AS reads,
       EXISTS (SELECT FROM aclexplode(c.relacl) AS a WHERE a.grantee = r.oid AND a.privilege_type = 'SELECT') AS "isGranted",
       coalesce(has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION'), true) AS "isOurs"
     FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[]) AS u (schema, role, "table")) AS w
     JOIN pg_roles AS r ON r.rolname = w.role
     LEFT JOIN pg_namespace AS n ON n.nspname = w.schema
     LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.table AND c.relkind IN ('r', 'p')`,
    [0, 1, 2].map((position) => wanted.map((each) => each[position])),
  );
  return {
    roles: new Set(rows.map(({ role }) => role)),
    access: new Map(rows.map(({ schema, role, table, ...access }) => [keyOf(schema, role, table), access])),
  };
}

export interface GrantInput {
  readonly desired: ConnectionSpec;
  /** As it was applied; absent when it never was. */
  readonly deployed?: ConnectionSpec;
  /** All other connections, as they will be: what one of them grants is not taken away. */
  readonly others: readonly ConnectionSpec[];
  /** Tables that this very plan makes. */
  readonly created: ReadonlySet<string>;
}

export interface GrantPlan {
  readonly changes: readonly Change[];
  /** Why a role cannot be granted anything, by its place in the list. */
  readonly problems: readonly { readonly index: number; readonly message: string }[];
}

/**
 * Returns what readers' roles lack, and what those that left the list may still read. A table that no job has made yet is granted by the worker
 * that makes it. Pure.
 */
export function planGrants(
  { desired, deployed, others, created }: GrantInput,
  { roles, access }: GrantFacts,
): GrantPlan {
  const { schema, grants = [] } = desired;
  const accessOf = (role: string, table: string): Access | undefined => access.get(keyOf(schema, role, table));
  const lackedBy = (role: string): string[] =>
    tablesOf(desired).filter((table) => {
      const known = accessOf(role, table);
      return known?.reads !== true && (known?.exists === true || isModelTable(table) || created.has(table));
    });
  const given = grants
    .filter((role) => roles.has(role))
    .flatMap((role): Change[] => {
      const lacks = lackedBy(role).filter((table) => accessOf(role, table)?.isOurs !== false);
      const usesSchema = MODEL_TABLES.every((table) => accessOf(role, table)?.usesSchema === true);
      return lacks.length === 0 && usesSchema ? [] : [grantChange({ schema, role, usesSchema }, lacks)];
    });
  const sharing = others.filter((other) => other.schema === schema);
  const taken = (deployed?.schema === schema ? (deployed.grants ?? []) : [])
    .filter((role) => !grants.includes(role))
    .flatMap((role): Change[] => {
      const kept = new Set(sharing.filter((other) => other.grants?.includes(role)).flatMap(tablesOf));
      const readable = tablesOf(deployed ?? desired).filter(
        (table) => !kept.has(table) && accessOf(role, table)?.isGranted === true,
      );
      return readable.length === 0 ? [] : [revokeChange(schema, role, readable)];
    });
  return {
    changes: [...given, ...taken],
    problems: grants.flatMap((role, index) => {
      if (roles.has(role)) {
        const foreign = lackedBy(role).filter((table) => accessOf(role, table)?.isOurs === false);
        if (foreign.length === 0) return [];
        const message = `The role of DATABASE_URL may not let others read ${listOf(schema, foreign)}. Run as who owns it: GRANT SELECT ON ${listOf(schema, foreign)} TO ${ident(role)}`;
        return [{ index, message }];
      }
      const message = `PostgreSQL has no role ${quote(role)}, so nothing can be granted to it. Make it (CREATE ROLE ${ident(role)}), or remove it from "grants".`;
      return [{ index, message }];
    }),
  };
}

const listOf = (schema: string, tables: readonly string[]): string =>
  tables.map((table) => `${ident(schema)}.${ident(table)}`).join(', ');

const words = (schema: string, tables: readonly string[]): string =>
  tables.length === 0
    ? `schema ${schema}`
    : tables.length > 3
      ? `reads ${tables.length} tables of ${schema}`
      : `reads ${tables.map((table) => `${schema}.${table}`).join(', ')}`;

const grantChange = (
  { schema, role, usesSchema }: { readonly schema: string; readonly role: string; readonly usesSchema: boolean },
  tables: readonly string[],
): Change => ({
  action: 'create',
  what: 'grant',
  name: role,
  after: words(schema, tables),
  ddl: [
    ...(usesSchema ? [] : [`GRANT USAGE ON SCHEMA ${ident(schema)} TO ${ident(role)}`]),
    ...(tables.length === 0 ? [] : [`GRANT SELECT ON ${listOf(schema, tables)} TO ${ident(role)}`]),
  ].join(';\n'),
});

const revokeChange = (schema: string, role: string, tables: readonly string[]): Change => ({
  action: 'delete',
  what: 'grant',
  name: role,
  before: words(schema, tables),
  ddl: `REVOKE SELECT ON ${listOf(schema, tables)} FROM ${ident(role)}`,
});
