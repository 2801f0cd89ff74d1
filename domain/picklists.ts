import type { DescribedField, DescribedObject, DescribedPicklistValue } from './describe.ts';
import { findField } from './describe.ts';

/** One drop-down list of the model, from one picklist field. */
export interface DropdownList {
  readonly source_object: string;
  readonly source_field: string;
  readonly name: string;
  readonly variant: 'single' | 'multi';
  readonly restricted: boolean;
  readonly controller_field: string | null;
  readonly items: readonly DropdownItem[];
}

interface DropdownItem {
  readonly value: string;
  readonly label: string;
  readonly active: boolean;
  readonly is_default: boolean;
  /** From 0, in the order of describe. */
  readonly display_order: number;
  /** Values of the controlling field for which this one is offered; null when the list depends on none. */
  readonly valid_for: readonly string[] | null;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Returns the positions of the set bits, the highest bit of the first byte being 0. Six bits a character, so no bytes are needed. */
export function setBits(base64: string): number[] {
  return Array.from(base64.replace(/=+$/, ''), (character) => character).flatMap((character, index) => {
    const value = BASE64.indexOf(character);
    return [0, 1, 2, 3, 4, 5].filter((bit) => (value & (32 >> bit)) !== 0).map((bit) => index * 6 + bit);
  });
}

function controllingValues(field: DescribedField, object: DescribedObject): readonly string[] {
  const controller = field.controllerName ? findField(object, field.controllerName) : undefined;
  if (!controller) return [];
  // A checkbox controls as value 0 = false, 1 = true.
  if (controller.type === 'boolean') return ['false', 'true'];
  return (controller.picklistValues ?? []).map(({ value }) => value);
}

/** The first of each value: an item is its value, and an org may offer one twice. */
const uniqueValues = (values: readonly DescribedPicklistValue[]): readonly DescribedPicklistValue[] =>
  values.filter(({ value }, index) => values.findIndex((other) => other.value === value) === index);

/** Returns a picklist field as a drop-down list, or undefined when the field has no picklist values of its own. */
export function dropdownListOf(object: DescribedObject, field: DescribedField): DropdownList | undefined {
  if (!['picklist', 'multipicklist', 'combobox'].includes(field.type)) return undefined;
  const controlling = controllingValues(field, object);
  return {
    source_object: object.name,
    source_field: field.name,
    name: field.label,
    variant: field.type === 'multipicklist' ? 'multi' : 'single',
    restricted: field.restrictedPicklist ?? false,
    controller_field: field.controllerName ?? null,
    items: uniqueValues(field.picklistValues ?? []).map(({ value, label, active, defaultValue, validFor }, index) => ({
      value,
      label: label ?? value,
      active,
      is_default: defaultValue,
      display_order: index,
      valid_for:
        field.dependentPicklist === true && validFor
          ? setBits(validFor).flatMap((bit) => controlling[bit] ?? [])
          : null,
    })),
  };
}

/** `Account.Industry` → the object and the field; `Account.*` → every picklist of the object. */
export interface PicklistPath {
  readonly object: string;
  readonly field: string;
}

export function parsePicklistPath(path: string): PicklistPath {
  const dot = path.indexOf('.');
  return { object: path.slice(0, dot), field: path.slice(dot + 1) };
}

/** Returns the lists that `paths` name in one object, and the paths that name nothing there. */
export function dropdownListsOf(
  object: DescribedObject,
  paths: readonly PicklistPath[],
): { lists: DropdownList[]; missing: string[] } {
  const lists = new Map<string, DropdownList>();
  const missing: string[] = [];
  for (const { field: wanted } of paths) {
    const fields = wanted === '*' ? object.fields : [findField(object, wanted)].filter((field) => field !== undefined);
    const found = fields.flatMap((field) => dropdownListOf(object, field) ?? []);
    if (found.length === 0 && wanted !== '*') missing.push(`${object.name}.${wanted}`);
    for (const list of found) lists.set(list.source_field, list);
  }
  return { lists: [...lists.values()], missing };
}
