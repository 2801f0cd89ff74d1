import type { CompiledJob } from '../../domain/compiled-job.ts';
import type { ColumnType, JobSpec } from '../../domain/job-spec.ts';
import type { Change } from '../../domain/plan.ts';
import { typeChange } from '../../domain/type-fit.ts';
import { ident, qualified } from './page-sql.ts';
import type { Pool } from './pool.ts';
import { tableSteps, type ExistingTables, type TableStep } from './table-steps.ts';
import { readColumns, readIndexes } from './target-tables.ts';

/** What a plan knows of a schema. */
export interface SchemaFacts extends ExistingTables {
  /** Views that read a column, by `table.column`; those that read the table at all, by `table`. */
  readonly views: ReadonlyMap<string, readonly string[]>;
}

/** Reads a schema: three queries, whatever it holds. */
export async function readSchema(pool: Pool, schema: string): Promise<SchemaFacts> {
  const { rows } = await pool.query<{ table: string; column: string; view: string }>(
    `SELECT DISTINCT t.relname AS table, a.attname AS column, vn.nspname || '.' || v.relname AS view
     FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
     JOIN pg_namespace AS vn ON vn.oid = v.relnamespace
     JOIN pg_class AS t ON t.oid = d.refobjid JOIN pg_namespace AS n ON n.oid = t.relnamespace
     JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
     WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND n.nspname = $1 AND v.oid <> t.oid ORDER BY 3`,
    [schema],
  );
  const views = new Map<string, string[]>();
  const add = (key: string, view: string): void => {
    const known = views.get(key) ?? [];
    if (!known.includes(view)) views.set(key, [...known, view]);
  };
  for (const { table, column, view } of rows) {
    add(table, view);
    add(`${table}.${column}`, view);
  }
  return { columns: await readColumns(pool, schema), indexes: await readIndexes(pool, schema), views };
}

export interface TablePlan {
  readonly changes: readonly Change[];
  /** Why a change cannot be made, as sentences, by mapping. */
  readonly problems: readonly { readonly target: string; readonly message: string }[];
  readonly notices: readonly string[];
}

/** Returns what the tables of a job need: what is missing, and columns that a mapping declares wider than they are. Pure. */
export function planTables(job: JobSpec, compiled: CompiledJob, facts: SchemaFacts): TablePlan {
  const steps = tableSteps(compiled, facts);
  const widened = job.mappings.flatMap((mapping) => {
    const declared = mapping.kind === 'lookup' ? undefined : mapping.type;
    const column = mapping.target.startsWith('person.') ? mapping.target : `${compiled.table}.${mapping.target}`;
    const existing = facts.columns.get(column);
    return declared === undefined || existing === undefined
      ? []
      : compiled.existing !== undefined
        ? keptColumn(column, mapping.target, existing, declared)
        : widenColumn({ compiled, job, column, existing, declared, views: facts.views.get(column) ?? [] });
  });
  const extended = [
    ...new Set(steps.flatMap(({ what, name }) => (what === 'column' ? [name.split('.')[0] ?? ''] : []))),
  ];
  return {
    changes: [
      ...steps.map((step) => stepChange(step, compiled, job.name)),
      ...widened.flatMap((each) => ('message' in each ? [] : [each])),
    ],
    problems: widened.flatMap((each) => ('message' in each ? [each] : [])),
    notices: extended.flatMap((table) => {
      const views = facts.views.get(table) ?? [];
      if (views.length === 0) return [];
      return [
        `Views that read ${compiled.schema}.${table} do not show its new columns until they are made anew: ${views.join(', ')}.`,
      ];
    }),
  };
}

const stepChange = ({ what, name, type, sql }: TableStep, { schema, table }: CompiledJob, job: string): Change => ({
  action: sql.startsWith('DROP') ? 'delete' : 'create',
  what: what === 'index' ? 'key' : what,
  job,
  name: what === 'key' ? `${schema}.${table} (${name})` : `${schema}.${name}`,
  ...(type === undefined ? {} : { after: type }),
  ddl: sql,
  ...(what === 'index' ? { note: 'index over what is still to be resolved' } : {}),
});

/** A column of the team's own table stays as it is; the examination says whether the values fit. */
function keptColumn(column: string, target: string, existing: ColumnType, declared: ColumnType) {
  if (typeChange(existing, declared) === 'none') return [];
  const message = `The column "${column}" of an existing table is ${existing}, and Mooring changes no column of it. Leave "type" out, or change the column yourself.`;
  return [{ target, message }];
}

function widenColumn({
  compiled,
  job,
  column,
  existing,
  declared,
  views,
}: {
  readonly compiled: CompiledJob;
  readonly job: JobSpec;
  readonly column: string;
  readonly existing: ColumnType;
  readonly declared: ColumnType;
  readonly views: readonly string[];
}): (Change | { readonly target: string; readonly message: string })[] {
  const change = typeChange(existing, declared);
  if (change === 'none' || change === 'refused') return []; // a refusal is said by the examination
  const [table = '', name = ''] = column.split('.');
  if (views.length > 0) {
    const message = `The column "${column}" cannot become ${declared} while views read it: ${views.join(', ')}. Drop them, apply, and make them anew.`;
    return [{ target: column.startsWith('person.') ? column : name, message }];
  }
  return [
    {
      action: 'update',
      what: 'column',
      job: job.name,
      name: `${compiled.schema}.${column}`,
      before: existing,
      after: declared,
      ddl: `ALTER TABLE ${qualified(compiled, table)} ALTER COLUMN ${ident(name)} TYPE ${declared}`,
      ...(change === 'rewrites' ? { rewrites: true } : {}),
    },
  ];
}
