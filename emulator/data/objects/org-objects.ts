import type { FieldDefinition, ObjectDefinition } from '../definition.ts';

/** What an org's settings add to or take from its objects. */
export interface OrgFeatures {
  readonly withRelationshipObjects: boolean;
  readonly multiCurrency: boolean;
  readonly middleName: boolean;
  readonly personAccounts: boolean;
}

/** An object that people may create, change and delete. */
export const ordinary = (
  of: Pick<ObjectDefinition, 'name' | 'label' | 'labelPlural' | 'keyPrefix'> & Partial<ObjectDefinition>,
  fields: readonly FieldDefinition[],
): ObjectDefinition => ({
  custom: of.name.endsWith('__c'),
  createable: true,
  updateable: true,
  deletable: true,
  mergeable: false,
  bulkQueryable: true,
  ...of,
  fields,
});
