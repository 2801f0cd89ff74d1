/** Types of Salesforce fields that the emulator's objects use, as describe spells them. */
export type FieldType =
  | 'id'
  | 'string'
  | 'textarea'
  | 'boolean'
  | 'int'
  | 'double'
  | 'currency'
  | 'percent'
  | 'date'
  | 'datetime'
  | 'time'
  | 'email'
  | 'phone'
  | 'url'
  | 'picklist'
  | 'multipicklist'
  | 'reference'
  | 'encryptedstring'
  | 'address'
  | 'location';

export interface PicklistValue {
  readonly value: string;
  readonly label: string;
  /** Inactive values stay in old rows; describe leaves them out, as an org does. */
  readonly active: boolean;
  readonly defaultValue: boolean;
  /** Values of the controlling picklist under which this one may be chosen; describe turns it into the `validFor` bitmap. */
  readonly controlledBy?: readonly string[];
}

/**
 * One field: the single source of the storage column, of describe and of SOQL.
 *
 * Plain data, since each org keeps its own copy in the database, where control routes may change it.
 */
export interface FieldDefinition {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  /** Characters; 0 where the type has none. */
  readonly length: number;
  readonly precision: number;
  readonly scale: number;
  readonly nillable: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly referenceTo?: readonly string[];
  /** Name of the way up, as in `Owner.Name`. */
  readonly relationshipName?: string;
  /** Name of the way down, as in `(SELECT Id FROM Contacts)`. */
  readonly childRelationshipName?: string;
  /** Whether deleting the parent puts this record into the bin too. */
  readonly cascadeDelete?: boolean;
  readonly picklistValues?: readonly PicklistValue[];
  readonly controllerName?: string;
  readonly restrictedPicklist?: boolean;
  readonly unique?: boolean;
  readonly externalId?: boolean;
  readonly idLookup?: boolean;
  readonly nameField?: boolean;
  readonly caseSensitive?: boolean;
  readonly autoNumber?: boolean;
  readonly htmlFormatted?: boolean;
  readonly extraTypeInfo?: string;
  readonly compoundFieldName?: string;
  /** Filled by the org when the client says nothing. */
  readonly defaultedOnCreate?: boolean;
  /** SQL of the column's default. */
  readonly columnDefault?: string;
  /** SQL over the row's own columns, stored by PostgreSQL (a person's `Name`). */
  readonly generatedSql?: string;
  /** SQL computed when read: `$` is the row's alias and a dot, `@now` the org's clock, `@org` its schema. Never touches SystemModstamp. */
  readonly formulaSql?: string;
  /** A roll-up summary: stored, and kept true by triggers on the child's table. */
  readonly rollup?: Rollup;
  /** The formula as describe shows it. */
  readonly formulaText?: string;
  /** Whether the storage has an index on it. */
  readonly indexed?: boolean;
}

/** What a roll-up summary counts or adds up: children that are not in the bin. */
export interface Rollup {
  readonly child: string;
  /** The child's reference to the parent. */
  readonly by: string;
  readonly operation: 'COUNT' | 'SUM' | 'MIN' | 'MAX';
  /** Absent for COUNT. */
  readonly field?: string;
  /** SQL that says which children count: `$` is the child's alias and a dot. */
  readonly whereSql?: string;
}

export interface ObjectDefinition {
  readonly name: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly keyPrefix: string;
  readonly custom: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly deletable: boolean;
  readonly mergeable: boolean;
  /** Whether Bulk API queries may read it. */
  readonly bulkQueryable: boolean;
  readonly fields: readonly FieldDefinition[];
}

/** Whether the field has a column of its own in the storage. */
export const isStored = (field: FieldDefinition): boolean => field.formulaSql === undefined;

/** Whether the field may point at records of several objects. */
export const isPolymorphic = (field: FieldDefinition): boolean => (field.referenceTo?.length ?? 0) > 1;

export const findField = (object: ObjectDefinition, name: string): FieldDefinition | undefined => {
  const wanted = name.toLowerCase();
  return object.fields.find((field) => field.name.toLowerCase() === wanted);
};

export const hasField = (object: ObjectDefinition, name: string): boolean => findField(object, name) !== undefined;
