import type { DescribedField, DescribedObject } from '../domain/describe.ts';

type FieldShape = string | (Partial<DescribedField> & { readonly type: string });

/** A describe with the fields named, by type; `Id`, `SystemModstamp` and `IsDeleted` are in every object. */
export function describeOf(
  name: string,
  fields: Readonly<Record<string, FieldShape>>,
  without: readonly string[] = [],
): DescribedObject {
  const standard = { Id: 'id', SystemModstamp: 'datetime', IsDeleted: 'boolean' };
  const all = Object.entries({ ...standard, ...fields }).filter(([field]) => !without.includes(field));
  return {
    name,
    label: name,
    queryable: true,
    replicateable: true,
    fields: all.map(([field, shape]) => ({
      name: field,
      label: field,
      nillable: true,
      ...(typeof shape === 'string' ? { type: shape } : shape),
    })),
  };
}

/** A reference field; its relationship is the field's name without `Id`, or without `__c` and with `__r`. */
export const reference = (name: string, ...referenceTo: string[]): FieldShape => ({
  type: 'reference',
  referenceTo,
  relationshipName: name.endsWith('__c') ? name.replace(/__c$/, '__r') : name.replace(/Id$/, ''),
});

export const USER = describeOf('User', {
  ...{ Username: 'string', Email: 'email', FirstName: 'string', LastName: 'string', Name: 'string' },
  ...{ IsActive: 'boolean', UserType: 'picklist', Title: 'string', Department: 'string', Phone: 'phone' },
  ...{ TimeZoneSidKey: 'picklist', LocaleSidKey: 'picklist', ManagerId: reference('ManagerId', 'User') },
});

export const ACCOUNT = describeOf('Account', {
  ...{ Name: 'string', Industry: 'picklist', Type: 'picklist', NumberOfEmployees: 'int', AnnualRevenue: 'currency' },
  ...{ TickerSymbol: 'string', Website: 'url', Phone: 'phone', AccountNumber: 'string', Description: 'textarea' },
  ...{ BillingStreet: 'textarea', BillingCity: 'string', BillingState: 'string', BillingPostalCode: 'string' },
  ...{ BillingCountry: 'string', BillingAddress: 'address', CreatedDate: 'datetime', MasterRecordId: 'reference' },
  ...{ ParentId: reference('ParentId', 'Account'), OwnerId: reference('OwnerId', 'User') },
});

export const CONTACT = describeOf('Contact', {
  ...{ Email: 'email', FirstName: 'string', LastName: 'string', Name: 'string', Salutation: 'picklist' },
  ...{ MobilePhone: 'phone', MailingCity: 'string', MailingState: 'string', MailingCountry: 'string' },
  ...{ HasOptedOutOfEmail: 'boolean', Title: 'string', Department: 'string', Phone: 'phone', LeadSource: 'picklist' },
  ...{ AccountId: reference('AccountId', 'Account'), ReportsToId: reference('ReportsToId', 'Contact') },
  ...{ OwnerId: reference('OwnerId', 'User'), MasterRecordId: 'reference' },
});
