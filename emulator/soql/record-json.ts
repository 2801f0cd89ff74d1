import type { ChildQuery } from './child-query.ts';
import { jsonText } from './column-sql.ts';
import type { CompiledQuery } from './compile-soql.ts';
import { key, recordSql } from './record-sql.ts';

function childSql(child: ChildQuery, version: string): string {
  const record = recordSql(child, version, childrenSql(child.children, version));
  return `${key(child.relationshipName)} || coalesce((SELECT '{"totalSize":' || count(*) || ',"done":true,"records":[' || string_agg(children.record, ',') || ']}' FROM (SELECT ${record} AS record ${child.tail}) children HAVING count(*) > 0), 'null')`;
}

const childrenSql = (children: readonly ChildQuery[], version: string): string[] =>
  children.map((child) => childSql(child, version));

/** Returns the SQL of a record's JSON text, with parents and children nested as REST shows them. */
export const recordJsonSql = (compiled: CompiledQuery, version: string): string =>
  recordSql(compiled, version, childrenSql(compiled.children, version));

/** Returns the SQL of the JSON text of one group of an aggregate query. */
export function groupJsonSql(compiled: CompiledQuery): string {
  const values = compiled.columns.map((column) => `${key(column.name)} || ${jsonText(column.type, column.sql)}`);
  return [`'{"attributes":{"type":"AggregateResult"}'`, ...values, `'}'`].join(' || ');
}
