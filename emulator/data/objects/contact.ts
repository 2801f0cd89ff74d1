import type { ObjectDefinition } from '../definition.ts';
import {
  address,
  audit,
  date,
  datetime,
  email,
  flag,
  identity,
  longText,
  owner,
  personName,
  personParts,
  phone,
  picklist,
  readOnly,
  reference,
  text,
  values,
} from '../fields.ts';
import { recordCurrency } from './currencies.ts';
import { ordinary, type OrgFeatures } from './org-objects.ts';

export const contact = (features: OrgFeatures): ObjectDefinition =>
  ordinary({ name: 'Contact', label: 'Contact', labelPlural: 'Contacts', keyPrefix: '003', mergeable: true }, [
    ...identity({ bin: true }),
    readOnly(reference('MasterRecordId', 'Master Record ID', 'Contact')),
    reference('AccountId', 'Account ID', 'Account', {
      childRelationshipName: 'Contacts',
      cascadeDelete: true,
      indexed: true,
    }),
    ...personParts(features.middleName),
    picklist('Salutation', 'Salutation', values('Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.', 'Mx.'), {
      length: 40,
      compoundFieldName: 'Name',
    }),
    personName(features.middleName),
    ...address('Mailing', 'Mailing'),
    phone('Phone', 'Business Phone'),
    phone('Fax', 'Business Fax'),
    phone('MobilePhone', 'Mobile Phone'),
    phone('HomePhone', 'Home Phone'),
    phone('AssistantPhone', 'Asst. Phone'),
    reference('ReportsToId', 'Reports To ID', 'Contact', { childRelationshipName: 'ContactRoles' }),
    email('Email', 'Email', { idLookup: true }),
    text('Title', 'Title', 128),
    text('Department', 'Department', 80),
    text('AssistantName', "Assistant's Name", 40),
    picklist(
      'LeadSource',
      'Lead Source',
      values('Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', '-Fax', 'Other'),
    ),
    date('Birthdate', 'Birthdate'),
    longText('Description', 'Contact Description'),
    owner(),
    flag('HasOptedOutOfEmail', 'Email Opt Out'),
    flag('HasOptedOutOfFax', 'Fax Opt Out'),
    flag('DoNotCall', 'Do Not Call'),
    readOnly(date('LastActivityDate', 'Last Activity')),
    text('EmailBouncedReason', 'Email Bounced Reason', 255),
    datetime('EmailBouncedDate', 'Email Bounced Date'),
    ...(features.personAccounts
      ? [readOnly(flag('IsPersonAccount', 'Is Person Account')), text('Loyalty__c', 'Loyalty', 40)]
      : []),
    ...recordCurrency(features),
    ...audit(),
  ]);
