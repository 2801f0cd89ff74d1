import type { Column } from './expression.ts';
import type { ObjectDefinition } from '../data/definition.ts';
import { literal } from '../data/sql.ts';
import type { ChildQuery } from './child-query.ts';
import { jsonText } from './column-sql.ts';
import type { CompiledQuery } from './compile-soql.ts';
import { NAME_OBJECT } from './polymorphic.ts';
import type { Place } from './scope.ts';
import { VERSION_MARK } from './typeof-column.ts';

/** Values of one record and its parents, in the order in which the query names them first. */
type Member =
  | { readonly kind: 'value'; readonly column: Column }
  | { readonly kind: 'parent'; readonly name: string; readonly members: Member[] };

function memberTree(columns: readonly Column[]): Member[] {
  const root: Member[] = [];
  for (const column of columns) {
    let members = root;
    for (const name of column.relationships) {
      let parent = members.find(
        (member): member is Extract<Member, { kind: 'parent' }> => member.kind === 'parent' && member.name === name,
      );
      if (parent === undefined) {
        parent = { kind: 'parent', name, members: [] };
        members.push(parent);
      }
      members = parent.members;
    }
    members.push({ kind: 'value', column });
  }
  return root;
}

const attributes = (object: ObjectDefinition, alias: string, version: string): string =>
  // `Name` stands for a record of some other object, which the address names.
  `'{"attributes":{"type":"${object.name}","url":"/services/data/v${version}/sobjects/' || ${object === NAME_OBJECT ? `${alias}."Type"` : literal(object.name)} || '/' || ${alias}."Id" || '"}'`;

const key = (name: string): string => literal(`,${JSON.stringify(name)}:`);

/** Table of the parent that a path of relationships ends in. */
type FindPlace = (relationships: readonly string[]) => Place | undefined;

function membersSql(members: readonly Member[], path: readonly string[], version: string, find: FindPlace): string {
  return members
    .map((member) => {
      if (member.kind === 'value')
        return `${key(member.column.name)} || ${jsonText(member.column.type, member.column.sql).replaceAll(VERSION_MARK, version)}`;
      const deeper = [...path, member.name];
      const place = find(deeper);
      const inner = membersSql(member.members, deeper, version, find);
      if (place === undefined) return `${key(member.name)} || 'null'`;
      return `${key(member.name)} || CASE WHEN ${place.alias}."Id" IS NULL THEN 'null' ELSE ${attributes(place.object, place.alias, version)} || ${inner} || '}' END`;
    })
    .join(' || ');
}

function childSql(child: ChildQuery, version: string): string {
  const record = recordSql(child.object, child.alias, child.columns, version);
  return `${key(child.relationshipName)} || coalesce((SELECT '{"totalSize":' || count(*) || ',"done":true,"records":[' || string_agg(children.record, ',') || ']}' FROM (SELECT ${record} AS record ${child.tail}) children HAVING count(*) > 0), 'null')`;
}

function recordSql(object: ObjectDefinition, alias: string, columns: readonly Column[], version: string): string {
  const joined = new Map<string, Place>();
  for (const column of columns) {
    for (const [index, passed] of (column.field?.passed ?? []).entries()) {
      joined.set(column.relationships.slice(0, index + 1).join('.'), passed);
    }
  }
  const members = membersSql(memberTree(columns), [], version, (path) => joined.get(path.join('.')));
  return [attributes(object, alias, version), members, `'}'`].filter((part) => part !== '').join(' || ');
}

/** Returns the SQL of a record's JSON text, with parents and children nested as REST shows them. */
export function recordJsonSql(compiled: CompiledQuery, version: string): string {
  const own = recordSql(compiled.object, compiled.alias, compiled.columns, version);
  if (compiled.children.length === 0) return own;
  const children = compiled.children.map((child) => childSql(child, version)).join(' || ');
  return `${own.slice(0, own.lastIndexOf(`'}'`))}${children} || '}'`;
}

/** Returns the SQL of the JSON text of one group of an aggregate query. */
export function groupJsonSql(compiled: CompiledQuery): string {
  const values = compiled.columns.map((column) => `${key(column.name)} || ${jsonText(column.type, column.sql)}`);
  return [`'{"attributes":{"type":"AggregateResult"}'`, ...values, `'}'`].join(' || ');
}
