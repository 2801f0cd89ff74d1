import type { ObjectDefinition } from '../definition.ts';
import { audit, flag, identity, integer, longText, phone, picklist, text, values } from '../fields.ts';
import { ordinary } from './org-objects.ts';

const FIXED = { createable: false, updateable: false, deletable: false } as const;

export const organization: ObjectDefinition = ordinary(
  {
    name: 'Organization',
    label: 'Organization',
    labelPlural: 'Organizations',
    keyPrefix: '00D',
    ...FIXED,
    updateable: true,
  },
  [
    ...identity({ bin: false }),
    text('Name', 'Name', 80, { nillable: false, nameField: true }),
    text('Division', 'Division', 80),
    longText('Street', 'Street', 255),
    text('City', 'City', 40),
    text('Country', 'Country', 80),
    phone('Phone', 'Phone'),
    text('PrimaryContact', 'Primary Contact', 80),
    text('DefaultLocaleSidKey', 'Locale', 40, { nillable: false }),
    text('TimeZoneSidKey', 'Time Zone', 40, { nillable: false }),
    text('LanguageLocaleKey', 'Language', 40, { nillable: false }),
    text('OrganizationType', 'Edition', 40),
    text('InstanceName', 'Instance Name', 5),
    flag('IsSandbox', 'Is Sandbox'),
    ...audit(),
  ],
);

export const profile: ObjectDefinition = ordinary(
  { name: 'Profile', label: 'Profile', labelPlural: 'Profiles', keyPrefix: '00e', ...FIXED },
  [
    ...identity({ bin: false }),
    text('Name', 'Name', 255, { nillable: false, nameField: true }),
    text('Description', 'Description', 255),
    picklist('UserType', 'User Type', values('*Standard', 'Guest'), { restrictedPicklist: true }),
    ...audit(),
  ],
);

export const recordType: ObjectDefinition = ordinary(
  { name: 'RecordType', label: 'Record Type', labelPlural: 'Record Types', keyPrefix: '012', ...FIXED },
  [
    ...identity({ bin: false }),
    text('Name', 'Name', 80, { nillable: false, nameField: true }),
    text('DeveloperName', 'Record Type Name', 80, { nillable: false }),
    text('Description', 'Description', 255),
    picklist('SobjectType', 'SObject Type Name', values('Account', 'Opportunity'), {
      nillable: false,
      restrictedPicklist: true,
    }),
    flag('IsActive', 'Active', { columnDefault: 'true' }),
    ...audit(),
  ],
);

/** Values of Case.Status: an object that only REST can query. Its key prefix is unverified. */
export const caseStatus: ObjectDefinition = ordinary(
  {
    name: 'CaseStatus',
    label: 'Case Status Value',
    labelPlural: 'Case Status Values',
    keyPrefix: '01J',
    bulkQueryable: false,
    ...FIXED,
  },
  [
    ...identity({ bin: false }),
    text('MasterLabel', 'Master Label', 255, { nameField: true }),
    text('ApiName', 'API Name', 255, { nillable: false }),
    integer('SortOrder', 'Sort Order'),
    flag('IsDefault', 'Is Default'),
    flag('IsClosed', 'Is Closed'),
    ...audit(),
  ],
);
