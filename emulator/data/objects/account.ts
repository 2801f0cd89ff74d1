import type { FieldDefinition, ObjectDefinition, PicklistValue } from '../definition.ts';
import {
  address,
  audit,
  currency,
  date,
  datetime,
  email,
  encrypted,
  flag,
  formula,
  geolocation,
  identity,
  integer,
  labelled,
  longText,
  multipicklist,
  number,
  owner,
  percent,
  phone,
  picklist,
  readOnly,
  reference,
  rollup,
  text,
  time,
  url,
  values,
  viewed,
} from '../fields.ts';
import { recordCurrency } from './currencies.ts';
import { ordinary, type OrgFeatures } from './org-objects.ts';

export const INDUSTRIES = [
  'Agriculture',
  'Banking',
  'Biotechnology',
  'Chemicals',
  'Construction',
  'Consulting',
  'Education',
  'Electronics',
  'Energy',
  'Healthcare',
  'Insurance',
  'Manufacturing',
  'Media',
  'Retail',
  'Technology',
  'Telecommunications',
] as const;

/** Sub-industries and the industries under which they may be chosen: a dependent picklist. */
const SUB_INDUSTRIES: readonly PicklistValue[] = (
  [
    ['Retail Banking', ['Banking']],
    ['Investment Banking', ['Banking']],
    ['Payments', ['Banking', 'Technology', 'Retail']],
    ['Pharma', ['Biotechnology', 'Healthcare', 'Chemicals']],
    ['Hospitals', ['Healthcare']],
    ['Software', ['Technology']],
    ['Hardware', ['Technology', 'Electronics', 'Manufacturing']],
    ['Networks', ['Telecommunications', 'Technology']],
    ['Groceries', ['Retail', 'Agriculture']],
    ['Renewables', ['Energy']],
  ] as const
).map(([value, controlledBy]) => ({ value, label: value, active: true, defaultValue: false, controlledBy }));

const typeValues = values('Prospect', '*Customer', 'Partner', 'Reseller', '-Former Customer', 'Other');
/** Values that are not their labels. */
const supportTiers = labelled({ PLT: 'Platinum', GLD: 'Gold', STD: 'Standard' });
const ratings = values('Hot', 'Warm', 'Cold');
const regions = values('North America', 'EMEA', 'APAC', 'LATAM', '-Antarctica');

/** Account with the usual standard fields, and custom fields that together have every type a custom field can have. */
/** What an account has in orgs where it may be a person; `__pc` fields are those of its contact. */
const personFields = (): FieldDefinition[] => [
  readOnly(flag('IsPersonAccount', 'Is Person Account')),
  readOnly(reference('PersonContactId', 'Contact ID', 'Contact', { relationshipName: 'PersonContact' })),
  text('LastName', 'Last Name', 80, { compoundFieldName: 'Name' }),
  text('FirstName', 'First Name', 40, { compoundFieldName: 'Name' }),
  picklist('Salutation', 'Salutation', values('Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.', 'Mx.'), {
    length: 40,
    compoundFieldName: 'Name',
  }),
  email('PersonEmail', 'Email', { idLookup: true }),
  text('PersonTitle', 'Title', 80),
  phone('PersonMobilePhone', 'Mobile'),
  date('PersonBirthdate', 'Birthdate'),
  text('Loyalty__pc', 'Loyalty', 40),
];

export const account = (features: OrgFeatures): ObjectDefinition =>
  ordinary({ name: 'Account', label: 'Account', labelPlural: 'Accounts', keyPrefix: '001', mergeable: true }, [
    ...identity({ bin: true }),
    readOnly(reference('MasterRecordId', 'Master Record ID', 'Account')),
    text('Name', 'Account Name', 255, { nillable: false, nameField: true, extraTypeInfo: 'switchablepersonname' }),
    picklist('Type', 'Account Type', typeValues),
    reference('RecordTypeId', 'Record Type ID', 'RecordType'),
    reference('ParentId', 'Parent Account ID', 'Account', { childRelationshipName: 'ChildAccounts', indexed: true }),
    ...address('Billing', 'Billing'),
    ...address('Shipping', 'Shipping'),
    phone('Phone', 'Account Phone'),
    phone('Fax', 'Account Fax'),
    text('AccountNumber', 'Account Number', 40),
    url('Website', 'Website'),
    text('Sic', 'SIC Code', 20),
    picklist('Industry', 'Industry', values(...INDUSTRIES, '-Railroads')),
    currency('AnnualRevenue', 'Annual Revenue', { scale: 0 }),
    integer('NumberOfEmployees', 'Employees'),
    picklist('Ownership', 'Ownership', values('Public', 'Private', 'Subsidiary', 'Other')),
    text('TickerSymbol', 'Ticker Symbol', 20),
    longText('Description', 'Account Description'),
    picklist('Rating', 'Account Rating', ratings),
    text('Site', 'Account Site', 80),
    owner(),
    picklist('AccountSource', 'Account Source', values('Web', 'Phone Inquiry', 'Partner Referral', 'Other')),
    readOnly(date('LastActivityDate', 'Last Activity')),
    ...viewed(),
    text('Jigsaw', 'Data.com Key', 20),
    readOnly(text('JigsawCompanyId', 'Jigsaw Company ID', 20)),
    readOnly(url('PhotoUrl', 'Photo URL')),
    text('SicDesc', 'SIC Description', 80),
    currency('ARR__c', 'ARR'),
    date('Renewal_Date__c', 'Renewal Date'),
    text('External_Key__c', 'External Key', 40, {
      unique: true,
      externalId: true,
      idLookup: true,
      caseSensitive: true,
      indexed: true,
    }),
    picklist('Sub_Industry__c', 'Sub-Industry', SUB_INDUSTRIES, {
      controllerName: 'Industry',
      restrictedPicklist: true,
    }),
    picklist('Support_Tier__c', 'Support Tier', supportTiers, { restrictedPicklist: true }),
    multipicklist('Regions__c', 'Regions', regions),
    reference('CSM__c', 'CSM', 'User', { childRelationshipName: 'Accounts_as_CSM__r' }),
    number('Health_Score__c', 'Health Score', 5, 2),
    number('Usage_Count__c', 'Usage Count', 18, 0),
    percent('Discount__c', 'Discount'),
    datetime('Last_Review__c', 'Last Review'),
    time('Support_Opens__c', 'Support Opens'),
    email('Billing_Email__c', 'Billing Email'),
    phone('Hotline__c', 'Hotline'),
    url('Portal__c', 'Portal'),
    flag('Strategic__c', 'Strategic'),
    longText('Short_Note__c', 'Short Note', 255),
    longText('Rich_Note__c', 'Rich Note', 32_768, { htmlFormatted: true, extraTypeInfo: 'richtextarea' }),
    encrypted('Tax_Id__c', 'Tax Id', 20),
    ...geolocation('Headquarters', 'Headquarters'),
    formula(
      currency('Revenue_Per_Head__c', 'Revenue per Head'),
      'round($"AnnualRevenue" / nullif($"NumberOfEmployees", 0), 2)',
      'AnnualRevenue / NumberOfEmployees',
    ),
    formula(
      number('Days_To_Renewal__c', 'Days to Renewal', 18, 0),
      `($"Renewal_Date__c" - (@now AT TIME ZONE 'UTC')::date)::numeric`,
      'Renewal_Date__c - TODAY()',
    ),
    formula(
      text('Owner_Department__c', 'Owner Department', 80),
      `(SELECT o."Department" FROM @org."User" o WHERE o."Id" = $"OwnerId")`,
      'Owner.Department',
    ),
    rollup(number('Open_Opportunities__c', 'Open Opportunities', 18, 0), {
      child: 'Opportunity',
      by: 'AccountId',
      operation: 'COUNT',
      whereSql: `$"StageName" NOT LIKE 'Closed %'`,
    }),
    rollup(currency('Won_Amount__c', 'Won Amount'), {
      child: 'Opportunity',
      by: 'AccountId',
      operation: 'SUM',
      field: 'Amount',
      whereSql: `$"StageName" = 'Closed Won'`,
    }),
    rollup(date('Last_Close_Date__c', 'Last Close Date'), {
      child: 'Opportunity',
      by: 'AccountId',
      operation: 'MAX',
      field: 'CloseDate',
    }),
    ...(features.personAccounts ? personFields() : []),
    ...recordCurrency(features),
    ...audit(),
  ]);
