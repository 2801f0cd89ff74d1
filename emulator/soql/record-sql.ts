import type { Column } from './expression.ts';
import type { ObjectDefinition } from '../data/definition.ts';
import { literal } from '../data/sql.ts';
import { jsonText } from './column-sql.ts';
import { NAME_OBJECT } from './polymorphic.ts';
import type { Place } from './scope.ts';

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

/** SQL of what stands in front of a member's value. */
export const key = (name: string): string => literal(`,${JSON.stringify(name)}:`);

/** Stands in the SQL for the API version, which only the reply knows. */
export const VERSION_MARK = '@version';

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

/** Where a record's values come from. */
interface RecordSource {
  readonly object: ObjectDefinition;
  readonly alias: string;
  readonly columns: readonly Column[];
}

/**
 * Returns the SQL of a record's JSON text, with its parents nested as REST shows them.
 *
 * @param more - SQL of members to put behind its own, each beginning with a comma
 */
export function recordSql(
  { object, alias, columns }: RecordSource,
  version: string,
  more: readonly string[] = [],
): string {
  const joined = new Map<string, Place>();
  for (const column of columns) {
    for (const [index, passed] of (column.field?.passed ?? []).entries()) {
      joined.set(column.relationships.slice(0, index + 1).join('.'), passed);
    }
  }
  const members = membersSql(memberTree(columns), [], version, (path) => joined.get(path.join('.')));
  return [attributes(object, alias, version), members, ...more, `'}'`].filter((part) => part !== '').join(' || ');
}
