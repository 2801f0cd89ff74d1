import { columnOf } from './column-sql.ts';
import { findField, isPolymorphic, type FieldDefinition, type ObjectDefinition } from '../data/definition.ts';
import { identifier } from '../data/sql.ts';
import { MESSAGES } from '../error-strings.ts';
import { findObject, type Org } from '../org.ts';
import type { PathAliases } from './rewrite.ts';
import { NAME_OBJECT, polymorphicJoin, targetsOf } from './polymorphic.ts';
import { plainSoqlError, soqlError } from './soql-error.ts';

/** What all parts of one query share while it is translated. */
export interface QueryText {
  readonly org: Org;
  readonly soql: string;
  /** Whether rows in the bin are seen. */
  readonly includeDeleted: boolean;
  /** The org's clock when the query began. */
  readonly now: Date;
  /** Who asks. */
  readonly userId: string;
  /** Returns a table alias that the query does not use yet. */
  readonly nextAlias: () => string;
}

/** A field that a path leads to. */
export interface ResolvedField {
  readonly field: FieldDefinition;
  readonly object: ObjectDefinition;
  readonly alias: string;
  /** SQL of its value. */
  readonly sql: string;
  /** Relationships on the way, as describe spells them. */
  readonly relationships: readonly string[];
  /** Table of each parent on the way, the nearest first. */
  readonly passed: readonly Place[];
}

/** A table of the query and its object. */
export interface Place {
  readonly object: ObjectDefinition;
  readonly alias: string;
}

/** Where a path stands while it climbs. */
interface Climbed extends Place {
  readonly names: readonly string[];
  readonly passed: readonly Place[];
}

/** A table in FROM and its parents, which join as paths ask for them. */
export interface Scope {
  readonly org: Org;
  readonly object: ObjectDefinition;
  readonly alias: string;
  readonly resolve: (path: string) => ResolvedField;
  /** FROM clause with the joins asked for so far. */
  readonly from: () => string;
}

/** Levels of parents that a path may climb. */
const MOST_PARENTS = 5;

const tableOf = (org: Org, object: ObjectDefinition): string => `${identifier(org.schema)}.${identifier(object.name)}`;

/** What a path climbs to: the referenced object, or `Name` where there are several. */
const parentOf = (org: Org, by: FieldDefinition): ObjectDefinition | undefined => {
  const [target] = targetsOf(org, by);
  return target !== undefined && isPolymorphic(by) ? NAME_OBJECT : target;
};

/** @throws ApiError INVALID_TYPE */
export function objectOrThrow(query: QueryText, name: string): ObjectDefinition {
  const object = findObject(query.org, name);
  if (object === undefined) throw soqlError(query.soql, 'INVALID_TYPE', name, MESSAGES.noSuchType(name));
  return object;
}

/** Names by which a query calls what it reads. */
interface QueryNames {
  /** The alias that the query gives the object, which paths may start with. */
  readonly prefix?: string | undefined;
  /** Those that it gives parents. */
  readonly aliases?: PathAliases;
}

/** Opens the scope of a table. */
export function openScope(
  query: QueryText,
  object: ObjectDefinition,
  { prefix, aliases = new Map() }: QueryNames = {},
): Scope {
  const alias = query.nextAlias();
  const joins: string[] = [];
  const parents = new Map<string, Climbed>();

  const climb = (path: string, steps: readonly string[]): Climbed => {
    let at: Climbed = { object, alias, names: [], passed: [] };
    for (const step of steps) {
      const wanted = step.toLowerCase();
      const by = at.object.fields.find((field) => field.relationshipName?.toLowerCase() === wanted);
      const target = by === undefined ? undefined : parentOf(query.org, by);
      if (by?.relationshipName === undefined || target === undefined) {
        throw soqlError(query.soql, 'INVALID_FIELD', path, MESSAGES.noSuchRelationship(step));
      }
      const names = [...at.names, by.relationshipName];
      const key = names.join('.').toLowerCase();
      let parent = parents.get(key);
      if (parent === undefined) {
        const place: Place = { object: target, alias: query.nextAlias() };
        parent = { ...place, names, passed: [...at.passed, place] };
        parents.set(key, parent);
        const reference = columnOf(query.org, at.alias, by);
        joins.push(
          isPolymorphic(by)
            ? `LEFT JOIN LATERAL ${polymorphicJoin(query.org, by, reference)} ${parent.alias} ON true`
            : `LEFT JOIN ${tableOf(query.org, target)} ${parent.alias} ON ${parent.alias}."Id" = ${reference}`,
        );
      }
      at = parent;
    }
    return at;
  };

  return {
    org: query.org,
    object,
    alias,
    resolve: (path) => {
      let steps = path.split('.');
      const ownName = [prefix, object.name].map((name) => name?.toLowerCase());
      const first = steps[0]?.toLowerCase();
      if (
        steps.length > 1 &&
        ownName.includes(first) &&
        !object.fields.some((f) => f.relationshipName?.toLowerCase() === first)
      ) {
        steps = steps.slice(1);
      }
      steps = [...(aliases.get(first ?? '') ?? []), ...steps.slice(aliases.has(first ?? '') ? 1 : 0)];
      if (steps.length - 1 > MOST_PARENTS) {
        throw plainSoqlError(
          'INVALID_FIELD',
          `SOQL relationship path '${path}' exceeds the maximum of ${MOST_PARENTS} levels.`,
        );
      }
      const at = climb(path, steps.slice(0, -1));
      const name = steps.at(-1) ?? '';
      const field = findField(at.object, name);
      if (field === undefined) {
        throw soqlError(query.soql, 'INVALID_FIELD', path, MESSAGES.noSuchColumn(name, at.object.name));
      }
      return {
        field,
        object: at.object,
        alias: at.alias,
        sql: columnOf(query.org, at.alias, field),
        relationships: at.names,
        passed: at.passed,
      };
    },
    from: () => [`${tableOf(query.org, object)} ${alias}`, ...joins].join(' '),
  };
}
