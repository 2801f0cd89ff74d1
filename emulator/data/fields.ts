import type { FieldDefinition, FieldType, PicklistValue, Rollup } from './definition.ts';

type Extra = Partial<FieldDefinition>;

const field = (name: string, label: string, type: FieldType, extra: Extra = {}): FieldDefinition => ({
  name,
  label,
  type,
  length: 0,
  precision: 0,
  scale: 0,
  nillable: true,
  createable: true,
  updateable: true,
  ...extra,
});

/** Shorthands for the fields of an object, one per Salesforce type. Lengths are characters. */
export const text = (name: string, label: string, length: number, extra?: Extra): FieldDefinition =>
  field(name, label, 'string', { length, ...extra });
export const longText = (name: string, label: string, length = 32_000, extra?: Extra): FieldDefinition =>
  field(name, label, 'textarea', { length, extraTypeInfo: 'plaintextarea', ...extra });
export const flag = (name: string, label: string, extra?: Extra): FieldDefinition =>
  field(name, label, 'boolean', { nillable: false, defaultedOnCreate: true, columnDefault: 'false', ...extra });
export const integer = (name: string, label: string, extra?: Extra): FieldDefinition =>
  field(name, label, 'int', { precision: 8, ...extra });
export const number = (name: string, label: string, precision: number, scale: number, extra?: Extra): FieldDefinition =>
  field(name, label, 'double', { precision, scale, ...extra });
export const currency = (name: string, label: string, extra?: Extra): FieldDefinition =>
  field(name, label, 'currency', { precision: 18, scale: 2, ...extra });
export const percent = (name: string, label: string, extra?: Extra): FieldDefinition =>
  field(name, label, 'percent', { precision: 5, scale: 2, ...extra });
export const date = (name: string, label: string, extra?: Extra): FieldDefinition => field(name, label, 'date', extra);
export const datetime = (name: string, label: string, extra?: Extra): FieldDefinition =>
  field(name, label, 'datetime', extra);
export const time = (name: string, label: string, extra?: Extra): FieldDefinition => field(name, label, 'time', extra);
export const email = (name: string, label: string, extra?: Extra): FieldDefinition =>
  field(name, label, 'email', { length: 80, ...extra });
export const phone = (name: string, label: string): FieldDefinition => field(name, label, 'phone', { length: 40 });
export const url = (name: string, label: string): FieldDefinition => field(name, label, 'url', { length: 255 });
export const encrypted = (name: string, label: string, length: number): FieldDefinition =>
  field(name, label, 'encryptedstring', { length });

/** Values of a picklist whose labels differ from them. */
export const labelled = (labels: Readonly<Record<string, string>>): PicklistValue[] =>
  Object.entries(labels).map(([value, label]) => ({ value, label, active: true, defaultValue: false }));

/** Values of a picklist: a leading `-` marks an inactive one, a leading `*` the default. */
export function values(...texts: readonly string[]): PicklistValue[] {
  return texts.map((text) => {
    const value = text.replace(/^[-*]/, '');
    return { value, label: value, active: !text.startsWith('-'), defaultValue: text.startsWith('*') };
  });
}

export const picklist = (
  name: string,
  label: string,
  picklistValues: readonly PicklistValue[],
  extra?: Extra,
): FieldDefinition =>
  field(name, label, 'picklist', { length: 255, picklistValues, restrictedPicklist: false, ...extra });

export const multipicklist = (name: string, label: string, picklistValues: readonly PicklistValue[]): FieldDefinition =>
  field(name, label, 'multipicklist', { length: 4099, picklistValues, restrictedPicklist: false });

/** A lookup: `relationshipName` is the way up; `childRelationshipName`, where given, the way down. */
export const reference = (
  name: string,
  label: string,
  referenceTo: string | readonly string[],
  extra?: Extra,
): FieldDefinition =>
  field(name, label, 'reference', {
    length: 18,
    referenceTo: typeof referenceTo === 'string' ? [referenceTo] : referenceTo,
    relationshipName: name.endsWith('__c') ? name.replace(/__c$/, '__r') : name.replace(/Id$/, ''),
    ...extra,
  });

/** A field computed at read time; see `FieldDefinition.formulaSql`. */
export const formula = (of: FieldDefinition, formulaSql: string, formulaText: string): FieldDefinition => ({
  ...of,
  formulaSql,
  formulaText,
  createable: false,
  updateable: false,
});

/** A field that adds up or counts children; it has no value of its own to write. */
export const rollup = (of: FieldDefinition, from: Rollup): FieldDefinition => ({
  ...of,
  rollup: from,
  createable: false,
  updateable: false,
  ...(from.operation === 'COUNT' || from.operation === 'SUM' ? { columnDefault: '0' } : {}),
});

const READ_ONLY = { createable: false, updateable: false } as const;

export const readOnly = (of: FieldDefinition): FieldDefinition => ({ ...of, ...READ_ONLY });

/** `Id`, and for objects with a recycle bin `IsDeleted`. */
export const identity = (options: { readonly bin: boolean }): FieldDefinition[] => [
  field('Id', 'Record ID', 'id', {
    length: 18,
    nillable: false,
    idLookup: true,
    defaultedOnCreate: true,
    ...READ_ONLY,
  }),
  ...(options.bin ? [flag('IsDeleted', 'Deleted', READ_ONLY)] : []),
];

const STAMP = { nillable: false, defaultedOnCreate: true, columnDefault: '@stamp', ...READ_ONLY } as const;

/** The audit fields of every object. */
export const audit = (): FieldDefinition[] => [
  datetime('CreatedDate', 'Created Date', STAMP),
  reference('CreatedById', 'Created By ID', 'User', { nillable: false, columnDefault: '@user', ...READ_ONLY }),
  datetime('LastModifiedDate', 'Last Modified Date', STAMP),
  reference('LastModifiedById', 'Last Modified By ID', 'User', {
    nillable: false,
    columnDefault: '@user',
    ...READ_ONLY,
  }),
  datetime('SystemModstamp', 'System Modstamp', { ...STAMP, indexed: true }),
];

export const owner = (): FieldDefinition =>
  reference('OwnerId', 'Owner ID', 'User', { nillable: false, defaultedOnCreate: true, columnDefault: '@user' });

/** A postal address: components, and the compound field that only REST can select. */
export function address(prefix: string, label: string): FieldDefinition[] {
  const part = (name: string): string => `${prefix}${name}`;
  const compoundFieldName = part('Address');
  const json = ['City', 'Country', 'GeocodeAccuracy', 'Latitude', 'Longitude', 'PostalCode', 'State', 'Street']
    .map((name) => `'${name.charAt(0).toLowerCase()}${name.slice(1)}', $"${part(name)}"`)
    .join(', ');
  const components = [`$"${part('Street')}"`, `$"${part('City')}"`, `$"${part('Country')}"`].join(', ');
  return [
    longText(part('Street'), `${label} Street`, 255, { compoundFieldName }),
    text(part('City'), `${label} City`, 40, { compoundFieldName }),
    text(part('State'), `${label} State/Province`, 80, { compoundFieldName }),
    text(part('PostalCode'), `${label} Zip/Postal Code`, 20, { compoundFieldName }),
    text(part('Country'), `${label} Country`, 80, { compoundFieldName }),
    number(part('Latitude'), `${label} Latitude`, 18, 15, { compoundFieldName }),
    number(part('Longitude'), `${label} Longitude`, 18, 15, { compoundFieldName }),
    picklist(part('GeocodeAccuracy'), `${label} Geocode Accuracy`, values('Address', 'Street', 'City', 'Unknown'), {
      length: 40,
      compoundFieldName,
      restrictedPicklist: true,
    }),
    field(compoundFieldName, `${label} Address`, 'address', {
      ...READ_ONLY,
      formulaSql: `CASE WHEN coalesce(${components}) IS NOT NULL THEN json_build_object(${json}) END`,
    }),
  ];
}

/** A geolocation custom field `X__c` with `X__Latitude__s` and `X__Longitude__s`. */
export function geolocation(name: string, label: string): FieldDefinition[] {
  const compoundFieldName = `${name}__c`;
  const latitude = `${name}__Latitude__s`;
  const longitude = `${name}__Longitude__s`;
  return [
    number(latitude, `${label} (Latitude)`, 18, 15, { compoundFieldName }),
    number(longitude, `${label} (Longitude)`, 18, 15, { compoundFieldName }),
    field(compoundFieldName, label, 'location', {
      ...READ_ONLY,
      formulaSql: `CASE WHEN $"${latitude}" IS NOT NULL THEN json_build_object('latitude', $"${latitude}", 'longitude', $"${longitude}") END`,
    }),
  ];
}

/** The `Name` of a person, put together from its parts as the org does. */
export const personName = (middleName: boolean, extra?: Extra): FieldDefinition =>
  text('Name', 'Full Name', middleName ? 203 : 121, {
    ...READ_ONLY,
    nillable: false,
    nameField: true,
    extraTypeInfo: 'personname',
    generatedSql: `coalesce("FirstName" || ' ', '') ${middleName ? `|| coalesce("MiddleName" || ' ', '') ` : ''}|| "LastName"`,
    ...extra,
  });

/** The parts of {@link personName}. */
export const personParts = (middleName: boolean): FieldDefinition[] => {
  const compound = { compoundFieldName: 'Name' };
  return [
    text('LastName', 'Last Name', 80, { nillable: false, ...compound }),
    text('FirstName', 'First Name', 40, compound),
    ...(middleName ? [text('MiddleName', 'Middle Name', 40, compound)] : []),
  ];
};

/** When the user who looks saw the record last: the emulator keeps no such record, so they are null. */
export const viewed = (): FieldDefinition[] => [
  readOnly(datetime('LastViewedDate', 'Last Viewed Date')),
  readOnly(datetime('LastReferencedDate', 'Last Referenced Date')),
];
