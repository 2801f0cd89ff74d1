/** What we read of a Salesforce field's describe; names as Salesforce spells them. */
export interface DescribedField {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly nillable: boolean;
  readonly calculated?: boolean;
  /** No two rows of the org have the same value. Absent in describes that were kept before this was read. */
  readonly unique?: boolean;
  readonly groupable?: boolean;
  readonly relationshipName?: string | null;
  readonly referenceTo?: readonly string[];
  readonly compoundFieldName?: string | null;
  readonly restrictedPicklist?: boolean;
  readonly dependentPicklist?: boolean;
  readonly controllerName?: string | null;
  readonly picklistValues?: readonly DescribedPicklistValue[];
}

export interface DescribedPicklistValue {
  readonly value: string;
  readonly label: string | null;
  readonly active: boolean;
  readonly defaultValue: boolean;
  /** Base64 bitmap over the values of the controlling field, first value = highest bit. */
  readonly validFor?: string | null;
}

/** What we read of an object's describe. Fields that the authorized user may not see are not in it. */
export interface DescribedObject {
  readonly name: string;
  readonly label: string;
  readonly queryable: boolean;
  readonly replicateable: boolean;
  readonly fields: readonly DescribedField[];
}

/** Keeps of a describe answer what this product reads: a real one is some hundred kilobytes. */
export function trimDescribe(answer: DescribedObject): DescribedObject {
  return {
    name: answer.name,
    label: answer.label,
    queryable: answer.queryable,
    replicateable: answer.replicateable,
    fields: answer.fields.map((field) => ({
      name: field.name,
      label: field.label,
      type: field.type,
      length: field.length ?? 0,
      precision: field.precision ?? 0,
      scale: field.scale ?? 0,
      nillable: field.nillable,
      calculated: field.calculated ?? false,
      unique: field.unique ?? false,
      groupable: field.groupable ?? false,
      relationshipName: field.relationshipName ?? null,
      referenceTo: field.referenceTo ?? [],
      compoundFieldName: field.compoundFieldName ?? null,
      restrictedPicklist: field.restrictedPicklist ?? false,
      dependentPicklist: field.dependentPicklist ?? false,
      controllerName: field.controllerName ?? null,
      ...(field.picklistValues && field.picklistValues.length > 0
        ? {
            picklistValues: field.picklistValues.map(({ value, label, active, defaultValue, validFor }) => ({
              value,
              label,
              active,
              defaultValue,
              validFor: validFor ?? null,
            })),
          }
        : {}),
    })),
  };
}

/** Returns the field of that name, whatever its case: Salesforce names are case-insensitive. */
export const findField = (object: DescribedObject, name: string): DescribedField | undefined => {
  const wanted = name.toLowerCase();
  return object.fields.find((field) => field.name.toLowerCase() === wanted);
};
