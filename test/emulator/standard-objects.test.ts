import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import {
  findField,
  isPolymorphic,
  type FieldDefinition,
  type ObjectDefinition,
} from '../../emulator/data/definition.ts';
import { standardObjects } from '../../emulator/data/standard-objects.ts';
import { EXCEPTIONS } from './standard-object-exceptions.ts';

/** What jsforce says of one member: fields with their types, relationships with the object they lead to. */
interface Described {
  readonly type: string;
  readonly nullable: boolean;
}

type Members = ReadonlyMap<string, Described>;

const FILE = join(
  dirname(createRequire(import.meta.url).resolve('jsforce/package.json')),
  'lib/types/standard-schema.d.ts',
);

const source = ts.createSourceFile(FILE, ts.sys.readFile(FILE) ?? '', ts.ScriptTarget.Latest, true);

/** Type aliases of the file by name, as `Fields$Account`. */
const aliases = new Map(
  source.statements.filter(ts.isTypeAliasDeclaration).map((alias) => [alias.name.text, alias.type] as const),
);

/** Members of `Fields$Account` and the like; empty for a type that is not there. */
function membersOf(name: string): Members {
  const type = aliases.get(name);
  if (type === undefined || !ts.isTypeLiteralNode(type)) return new Map();
  return new Map(
    type.members.filter(ts.isPropertySignature).map((member) => {
      const parts =
        member.type === undefined ? [] : ts.isUnionTypeNode(member.type) ? [...member.type.types] : [member.type];
      const texts = parts.map((part) => part.getText(source));
      const own = texts.filter((text) => text !== 'null').map((text) => text.replace(/^SObjectDefinition\$/, ''));
      return [member.name.getText(source), { type: own.join(' | '), nullable: texts.includes('null') }] as const;
    }),
  );
}

/** TypeScript's type of a value as JSON shows it. */
function jsonType({ type }: FieldDefinition): string {
  if (type === 'boolean') return 'boolean';
  if (['int', 'double', 'currency', 'percent'].includes(type)) return 'number';
  if (['date', 'datetime', 'time'].includes(type)) return 'DateString';
  return type === 'address' ? 'Address' : 'string';
}

/** Objects of an org without the features that add fields; `Name` is what a reference to several objects leads to. */
const OBJECTS = standardObjects({
  ...{ withRelationshipObjects: false, multiCurrency: false, middleName: false, personAccounts: false },
});

const isStandard = ({ name }: FieldDefinition): boolean => !/__[cs]$/.test(name);

function fieldDifferences(object: ObjectDefinition): string[] {
  const known = membersOf(`Fields$${object.name}`);
  const missing = [...known.keys()].filter((name) => findField(object, name) === undefined);
  const own = object.fields.filter(isStandard).flatMap((field) => {
    const described = known.get(field.name);
    const place = `${object.name}.${field.name}`;
    if (described === undefined) return [`${place} is not in jsforce`];
    return [
      ...(described.type === jsonType(field) ? [] : [`${place} is ${described.type} in jsforce`]),
      ...(described.nullable === field.nillable
        ? []
        : [`${place} is ${described.nullable ? '' : 'not '}null in jsforce`]),
    ];
  });
  return [...own, ...missing.map((name) => `${object.name}.${name} is missing`)];
}

function parentDifferences(object: ObjectDefinition): string[] {
  const known = membersOf(`ParentReferences$${object.name}`);
  return object.fields.filter(isStandard).flatMap((field) => {
    const { relationshipName, referenceTo } = field;
    if (relationshipName === undefined) return [];
    const described = known.get(relationshipName);
    const place = `${object.name}.${relationshipName}`;
    if (described === undefined) return [`${place} is no parent in jsforce`];
    const target = isPolymorphic(field) ? 'Name' : (referenceTo?.[0] ?? '');
    return described.type === target ? [] : [`${place} leads to ${described.type} in jsforce`];
  });
}

function childDifferences(object: ObjectDefinition): string[] {
  const known = membersOf(`ChildRelationships$${object.name}`);
  return OBJECTS.flatMap((child) =>
    child.fields.filter(isStandard).flatMap(({ childRelationshipName: name, referenceTo }) => {
      if (name === undefined || referenceTo?.includes(object.name) !== true) return [];
      const described = known.get(name);
      if (described === undefined) return [`${object.name} has no children ${name} in jsforce`];
      return described.type === child.name
        ? []
        : [`${object.name} has children ${name} of ${described.type} in jsforce`];
    }),
  );
}

const differences = OBJECTS.flatMap((object) => [
  ...fieldDifferences(object),
  ...parentDifferences(object),
  ...childDifferences(object),
]);

test('jsforce describes every standard object, from a real org', () => {
  const unknown = OBJECTS.filter(({ name }) => membersOf(`Fields$${name}`).size === 0);
  assert.deepEqual(
    unknown.map(({ name }) => name),
    [],
  );
});

test('fields, nullability and relationships of standard objects are those of a real org, but for argued exceptions', () => {
  assert.deepEqual(
    differences.filter((difference) => !(difference in EXCEPTIONS)),
    [],
    'These differ and nobody says why.',
  );
});

test('no exception outlives its difference', () => {
  assert.deepEqual(
    Object.keys(EXCEPTIONS).filter((difference) => !differences.includes(difference)),
    [],
  );
});
