import { isAggregatable, isCalculated, isCompound, isFilterable, isGroupable, isSortable } from '../data/abilities.ts';
import {
  isPolymorphic,
  type FieldDefinition,
  type FieldType,
  type ObjectDefinition,
  type PicklistValue,
} from '../data/definition.ts';

const SOAP_TYPES: Readonly<Partial<Record<FieldType, string>>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
  time: 'xsd:time',
  address: 'urn:address',
  location: 'urn:location',
};

/** Values that describe shows: an org leaves inactive ones out. */
const shownValues = (field: FieldDefinition): PicklistValue[] =>
  (field.picklistValues ?? []).filter((value) => value.active);

/**
 * Returns the `validFor` of a dependent value: base64 of a bitmap whose n-th bit, the highest of the first byte first, says that the
 * value may be chosen under the controlling field's n-th value.
 */
function validFor(controlling: readonly string[], controlledBy: readonly string[]): string {
  const bitmap = Buffer.alloc(Math.ceil(controlling.length / 8));
  for (const [index, value] of controlling.entries()) {
    if (controlledBy.includes(value)) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (0x80 >> (index & 7));
  }
  return bitmap.toString('base64');
}

function picklistValues(object: ObjectDefinition, field: FieldDefinition): object[] {
  const controller = object.fields.find((other) => other.name === field.controllerName);
  const controlling = controller === undefined ? [] : shownValues(controller).map((value) => value.value);
  return shownValues(field).map(({ active, defaultValue, label, value, controlledBy }) => ({
    active,
    defaultValue,
    label,
    validFor: controller === undefined ? null : validFor(controlling, controlledBy ?? []),
    value,
  }));
}

const isNumeric = (type: FieldType): boolean => ['int', 'double', 'currency', 'percent'].includes(type);
/** Bytes per character at most. */
const BYTES = 3;

/** Returns one entry of `fields` in describe, with every attribute that an org gives. */
export function describeField(object: ObjectDefinition, field: FieldDefinition): Record<string, unknown> {
  const custom = /__[cs]$/.test(field.name);
  return {
    aggregatable: isAggregatable(field),
    aiPredictionField: false,
    autoNumber: field.autoNumber ?? false,
    byteLength: field.length * BYTES,
    calculated: isCalculated(field),
    calculatedFormula: field.formulaText ?? null,
    cascadeDelete: field.cascadeDelete ?? false,
    caseSensitive: field.caseSensitive ?? false,
    compoundFieldName: field.compoundFieldName ?? null,
    controllerName: field.controllerName ?? null,
    createable: field.createable,
    custom,
    defaultValue: field.type === 'boolean' ? false : null,
    defaultValueFormula: null,
    defaultedOnCreate: field.defaultedOnCreate ?? false,
    dependentPicklist: field.controllerName !== undefined,
    deprecatedAndHidden: false,
    digits: field.type === 'int' ? field.precision : 0,
    displayLocationInDecimal: field.type === 'location',
    encrypted: field.type === 'encryptedstring',
    externalId: field.externalId ?? false,
    extraTypeInfo: field.extraTypeInfo ?? null,
    filterable: isFilterable(field),
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    groupable: isGroupable(field),
    highScaleNumber: false,
    htmlFormatted: field.htmlFormatted ?? false,
    idLookup: field.idLookup ?? false,
    inlineHelpText: null,
    label: field.label,
    length: field.length,
    mask: null,
    maskType: null,
    name: field.name,
    nameField: field.nameField ?? false,
    namePointing: isPolymorphic(field),
    nillable: field.nillable,
    permissionable: custom || (field.nillable && field.updateable),
    picklistValues: picklistValues(object, field),
    polymorphicForeignKey: isPolymorphic(field),
    precision: isNumeric(field.type) && field.type !== 'int' ? field.precision : 0,
    queryByDistance: isCompound(field),
    referenceTargetField: null,
    referenceTo: field.referenceTo ?? [],
    relationshipName: field.relationshipName ?? null,
    relationshipOrder: null,
    restrictedDelete: false,
    restrictedPicklist: field.restrictedPicklist ?? false,
    scale: field.scale,
    searchPrefilterable: field.type === 'reference',
    soapType: SOAP_TYPES[field.type] ?? 'xsd:string',
    sortable: isSortable(field),
    type: field.type,
    unique: field.unique ?? false,
    updateable: field.updateable,
    writeRequiresMasterRead: false,
  };
}
