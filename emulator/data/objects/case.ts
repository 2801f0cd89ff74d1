import type { ObjectDefinition } from '../definition.ts';
import {
  audit,
  datetime,
  email,
  flag,
  formula,
  identity,
  longText,
  owner,
  picklist,
  readOnly,
  reference,
  text,
  values,
  viewed,
} from '../fields.ts';
import { recordCurrency } from './currencies.ts';
import { ordinary, type OrgFeatures } from './org-objects.ts';

/** Case; called so because `case` is a word of the language. */
export const supportCase = (features: OrgFeatures): ObjectDefinition =>
  ordinary({ name: 'Case', label: 'Case', labelPlural: 'Cases', keyPrefix: '500', mergeable: true }, [
    ...identity({ bin: true }),
    readOnly(reference('MasterRecordId', 'Master Record ID', 'Case')),
    text('CaseNumber', 'Case Number', 30, {
      nillable: false,
      nameField: true,
      autoNumber: true,
      createable: false,
      updateable: false,
      defaultedOnCreate: true,
      columnDefault: "lpad(nextval('@sequence')::text, 8, '0')",
    }),
    reference('ContactId', 'Contact ID', 'Contact', { childRelationshipName: 'Cases' }),
    reference('AccountId', 'Account ID', 'Account', { childRelationshipName: 'Cases', indexed: true }),
    reference('ParentId', 'Parent Case ID', 'Case', { childRelationshipName: 'Cases' }),
    text('SuppliedName', 'Name', 80),
    email('SuppliedEmail', 'Email Address'),
    text('SuppliedPhone', 'Phone', 40),
    text('SuppliedCompany', 'Company', 80),
    picklist('Type', 'Case Type', values('Question', 'Problem', 'Feature Request')),
    picklist('Status', 'Status', values('*New', 'Working', 'Escalated', 'Closed'), {
      columnDefault: "'New'",
      defaultedOnCreate: true,
    }),
    picklist('Reason', 'Case Reason', values('Installation', 'Performance', 'Breakdown', 'Other')),
    picklist('Origin', 'Case Origin', values('Email', 'Phone', 'Web')),
    text('Subject', 'Subject', 255),
    picklist('Priority', 'Priority', values('High', '*Medium', 'Low')),
    longText('Description', 'Description'),
    formula(flag('IsClosed', 'Closed'), `coalesce($"Status" = 'Closed', false)`, 'Status is closed'),
    datetime('ClosedDate', 'Closed Date', { createable: false, updateable: false }),
    flag('IsEscalated', 'Escalated'),
    readOnly(flag('IsClosedOnCreate', 'Closed When Created')),
    longText('Comments', 'Internal Comments', 4000),
    ...viewed(),
    owner(),
    ...recordCurrency(features),
    ...audit(),
  ]);
