import type { Queryable } from '../data/sql.ts';
import { identifier } from '../data/sql.ts';
import type { LiveSession } from '../oauth/sessions.ts';
import { literalBinder } from '../soql/binder.ts';
import { compileSoql } from '../soql/compile-soql.ts';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Plan Rows': number;
  readonly 'Total Cost': number;
  readonly Plans?: readonly PlanNode[];
}

const nodes = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];

/** Answers `query?explain=`: the plan is PostgreSQL's, in the words of an org. */
export async function explainQuery(db: Queryable, session: LiveSession, soql: string): Promise<object> {
  const compiled = compileSoql({
    org: session.org,
    soql,
    includeDeleted: false,
    now: session.now,
    userId: session.userId,
    binder: literalBinder(),
  });
  const { rows } = await db.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    `EXPLAIN (FORMAT JSON) SELECT 1 FROM ${compiled.from} WHERE ${compiled.where}${compiled.window}`,
  );
  const table = `${identifier(session.org.schema)}.${identifier(compiled.object.name)}`;
  const all = await db.query<{ rows: number; cost: number }>(
    'SELECT greatest(reltuples, 0)::int AS rows, relpages AS cost FROM pg_class WHERE oid = $1::regclass',
    [table],
  );
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
  const indexed = plan !== undefined && nodes(plan).some((node) => node['Node Type'].includes('Index'));
  return {
    plans: [
      {
        cardinality: plan?.['Plan Rows'] ?? 0,
        fields: [],
        leadingOperationType: indexed ? 'Index' : 'TableScan',
        notes: [],
        relativeCost: (plan?.['Total Cost'] ?? 0) / Math.max(1, (all.rows[0]?.cost ?? 1) * 10),
        sobjectCardinality: all.rows[0]?.rows ?? 0,
        sobjectType: compiled.object.name,
      },
    ],
    sourceQuery: soql,
  };
}
