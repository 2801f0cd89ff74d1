import type { ObjectDefinition } from '../definition.ts';
import {
  audit,
  currency,
  date,
  flag,
  formula,
  identity,
  integer,
  longText,
  number,
  owner,
  percent,
  picklist,
  readOnly,
  reference,
  text,
  values,
  viewed,
} from '../fields.ts';
import { recordCurrency } from './currencies.ts';
import { ordinary, type OrgFeatures } from './org-objects.ts';

/** Stages in order; the last two are closed. */
export const STAGES = [
  'Prospecting',
  'Qualification',
  'Proposal/Price Quote',
  'Negotiation/Review',
  'Closed Won',
  'Closed Lost',
] as const;

const closed = `$"StageName" LIKE 'Closed %'`;

export const opportunity = (features: OrgFeatures): ObjectDefinition =>
  ordinary({ name: 'Opportunity', label: 'Opportunity', labelPlural: 'Opportunities', keyPrefix: '006' }, [
    ...identity({ bin: true }),
    reference('AccountId', 'Account ID', 'Account', {
      childRelationshipName: 'Opportunities',
      cascadeDelete: true,
      indexed: true,
    }),
    reference('RecordTypeId', 'Record Type ID', 'RecordType'),
    text('Name', 'Name', 120, { nillable: false, nameField: true }),
    longText('Description', 'Description'),
    picklist('StageName', 'Stage', values(...STAGES, '-Perception Analysis'), { nillable: false }),
    currency('Amount', 'Amount'),
    percent('Probability', 'Probability (%)', { precision: 3, scale: 0 }),
    formula(
      currency('ExpectedRevenue', 'Expected Amount'),
      'round($"Amount" * $"Probability" / 100, 2)',
      'Amount * Probability',
    ),
    number('TotalOpportunityQuantity', 'Quantity', 18, 2),
    date('CloseDate', 'Close Date', { nillable: false }),
    picklist('Type', 'Opportunity Type', values('New Business', 'Existing Business', 'Renewal')),
    text('NextStep', 'Next Step', 255),
    picklist('LeadSource', 'Lead Source', values('Web', 'Phone Inquiry', 'Partner Referral', 'Other')),
    formula(flag('IsClosed', 'Closed'), closed, 'StageName is closed'),
    formula(flag('IsWon', 'Won'), `$"StageName" = 'Closed Won'`, 'StageName is won'),
    flag('IsPrivate', 'Private'),
    readOnly(flag('HasOpportunityLineItem', 'Has Line Item')),
    readOnly(flag('HasOpenActivity', 'Has Open Activity')),
    readOnly(flag('HasOverdueTask', 'Has Overdue Task')),
    readOnly(date('LastActivityDate', 'Last Activity')),
    ...viewed(),
    formula(
      integer('FiscalQuarter', 'Fiscal Quarter'),
      'extract(quarter FROM $"CloseDate")::int',
      'quarter of CloseDate',
    ),
    formula(integer('FiscalYear', 'Fiscal Year'), 'extract(year FROM $"CloseDate")::int', 'year of CloseDate'),
    formula(text('Fiscal', 'Fiscal Period', 6), `to_char($"CloseDate", 'YYYY Q')`, 'year and quarter of CloseDate'),
    owner(),
    ...recordCurrency(features),
    ...audit(),
  ]);
