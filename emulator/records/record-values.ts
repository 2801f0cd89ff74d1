import { ApiError } from '../api-error.ts';
import { findField, isPolymorphic, type FieldDefinition, type ObjectDefinition } from '../data/definition.ts';
import { MESSAGES } from '../error-strings.ts';
import { findObject, type Org } from '../org.ts';
import { toStored } from './stored-value.ts';

/** Values of one record as a client gives them, by field or relationship name. */
export type RecordBody = Readonly<Record<string, unknown>>;

/** A parent named by a field of its own instead of its id: `"Owner": {"Username": "…"}`. */
interface ParentByKey {
  readonly reference: FieldDefinition;
  readonly parent: ObjectDefinition;
  readonly key: FieldDefinition;
  readonly value: string;
}

/** Values of one record ready for the storage. */
export interface RecordValues {
  readonly values: ReadonlyMap<FieldDefinition, string | null>;
  readonly parents: readonly ParentByKey[];
}

const unknownField = (object: ObjectDefinition, name: string): ApiError =>
  new ApiError(400, 'INVALID_FIELD', MESSAGES.noColumnOnSobject(name, object.name));

function parentByKey(org: Org, object: ObjectDefinition, name: string, value: object): ParentByKey {
  const reference = object.fields.find((field) => field.relationshipName?.toLowerCase() === name.toLowerCase());
  const [keyName, keyValue] = Object.entries(value).find(([member]) => member !== 'attributes') ?? [];
  const parents = (reference?.referenceTo ?? []).flatMap((parent) => findObject(org, parent) ?? []);
  const [parent] = parents;
  const key = parent && keyName !== undefined ? findField(parent, keyName) : undefined;
  if (reference === undefined || parent === undefined || isPolymorphic(reference)) throw unknownField(object, name);
  if (key === undefined || (key.externalId !== true && key.idLookup !== true))
    throw unknownField(parent, keyName ?? '');
  return { reference, parent, key, value: toStored(key, keyValue) ?? '' };
}

/**
 * Returns the values of a record for the storage.
 *
 * @param may - which permission of a field the change needs
 * @param except - names that say which record is meant rather than what it shall hold, in lower case
 * @throws ApiError INVALID_FIELD, INVALID_FIELD_FOR_INSERT_UPDATE, and what {@link toStored} throws
 */
export function recordValues(
  { org, object }: { readonly org: Org; readonly object: ObjectDefinition },
  body: RecordBody,
  { may, except }: { readonly may: 'createable' | 'updateable'; readonly except: readonly string[] },
): RecordValues {
  const values = new Map<FieldDefinition, string | null>();
  const parents: ParentByKey[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (name === 'attributes' || except.includes(name.toLowerCase())) continue;
    if (typeof value === 'object' && value !== null && findField(object, name) === undefined) {
      parents.push(parentByKey(org, object, name, value));
      continue;
    }
    const field = findField(object, name);
    if (field === undefined) throw unknownField(object, name);
    if (!field[may])
      throw new ApiError(400, 'INVALID_FIELD_FOR_INSERT_UPDATE', MESSAGES.readOnly([field.name]), [field.name]);
    values.set(field, toStored(field, value));
  }
  return { values, parents };
}

/** @throws ApiError REQUIRED_FIELD_MISSING when the record would lack a value that every record has */
export function assertComplete(object: ObjectDefinition, { values }: RecordValues, creating: boolean): void {
  // An account with a last name is a person, whose name is made of its parts.
  const isPerson = object.name === 'Account' && [...values.keys()].some((field) => field.name === 'LastName');
  const missing = object.fields.filter((field) => {
    if (field.nillable || !field.createable || (isPerson && field.name === 'Name')) return false;
    const given = values.get(field);
    if (given !== undefined) return given === null;
    return creating && field.columnDefault === undefined && field.type !== 'boolean';
  });
  if (missing.length === 0) return;
  const names = missing.map((field) => field.name);
  throw new ApiError(400, 'REQUIRED_FIELD_MISSING', MESSAGES.requiredMissing(names), names);
}
