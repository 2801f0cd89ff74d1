import type { ObjectDefinition } from '../definition.ts';
import {
  address,
  audit,
  currency,
  date,
  datetime,
  email,
  flag,
  identity,
  integer,
  longText,
  owner,
  personName,
  personParts,
  phone,
  picklist,
  readOnly,
  reference,
  text,
  url,
  values,
  viewed,
} from '../fields.ts';
import { INDUSTRIES } from './account.ts';
import { recordCurrency } from './currencies.ts';
import { ordinary, type OrgFeatures } from './org-objects.ts';

export const LEAD_STATUSES = ['Open - Not Contacted', 'Working - Contacted', 'Closed - Not Converted'] as const;

export const lead = (features: OrgFeatures): ObjectDefinition =>
  ordinary({ name: 'Lead', label: 'Lead', labelPlural: 'Leads', keyPrefix: '00Q', mergeable: true }, [
    ...identity({ bin: true }),
    readOnly(reference('MasterRecordId', 'Master Record ID', 'Lead')),
    ...personParts(features.middleName),
    picklist('Salutation', 'Salutation', values('Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.', 'Mx.'), {
      length: 40,
      compoundFieldName: 'Name',
    }),
    personName(features.middleName),
    text('Title', 'Title', 128),
    text('Company', 'Company', 255, { nillable: false }),
    ...address('', 'Address'),
    phone('Phone', 'Phone'),
    email('Email', 'Email', { idLookup: true }),
    url('Website', 'Website'),
    longText('Description', 'Description'),
    currency('AnnualRevenue', 'Annual Revenue', { scale: 0 }),
    integer('NumberOfEmployees', 'Employees'),
    picklist('LeadSource', 'Lead Source', values('Web', 'Phone Inquiry', 'Partner Referral', 'Other')),
    picklist('Status', 'Status', values(`*${LEAD_STATUSES[0]}`, ...LEAD_STATUSES.slice(1)), {
      nillable: false,
      defaultedOnCreate: true,
      columnDefault: `'${LEAD_STATUSES[0]}'`,
    }),
    picklist('Industry', 'Industry', values(...INDUSTRIES)),
    picklist('Rating', 'Rating', values('Hot', 'Warm', 'Cold')),
    owner(),
    readOnly(flag('IsConverted', 'Converted')),
    readOnly(date('ConvertedDate', 'Converted Date')),
    readOnly(reference('ConvertedAccountId', 'Converted Account ID', 'Account')),
    readOnly(reference('ConvertedContactId', 'Converted Contact ID', 'Contact')),
    readOnly(reference('ConvertedOpportunityId', 'Converted Opportunity ID', 'Opportunity')),
    flag('IsUnreadByOwner', 'Unread By Owner'),
    readOnly(date('LastActivityDate', 'Last Activity')),
    ...viewed(),
    text('EmailBouncedReason', 'Email Bounced Reason', 255),
    datetime('EmailBouncedDate', 'Email Bounced Date'),
    text('Jigsaw', 'Data.com Key', 20),
    readOnly(text('JigsawContactId', 'Jigsaw Contact ID', 20)),
    readOnly(url('PhotoUrl', 'Photo URL')),
    ...recordCurrency(features),
    ...audit(),
  ]);
