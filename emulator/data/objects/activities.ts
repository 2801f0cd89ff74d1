import type { FieldDefinition, ObjectDefinition } from '../definition.ts';
import {
  audit,
  date,
  datetime,
  flag,
  formula,
  identity,
  integer,
  longText,
  owner,
  picklist,
  readOnly,
  reference,
  text,
  values,
} from '../fields.ts';
import { recordCurrency } from './currencies.ts';
import { ordinary, type OrgFeatures } from './org-objects.ts';

const whatObjects = (features: OrgFeatures): string[] => [
  'Account',
  'Opportunity',
  'Case',
  ...(features.withRelationshipObjects ? ['JBCXM__GSRelationship__c'] : []),
];

/** Whom and what an activity is about: references that point at records of several objects. */
const about = (features: OrgFeatures, children: string): FieldDefinition[] => [
  reference('WhoId', 'Name ID', ['Contact', 'Lead'], { childRelationshipName: children, indexed: true }),
  reference('WhatId', 'Related To ID', whatObjects(features), { childRelationshipName: children, indexed: true }),
  readOnly(reference('AccountId', 'Account ID', 'Account')),
];

/** Hidden from `query`, as what is older than a year is in an org; shown by `queryAll`. */
const archived = (): FieldDefinition => readOnly(flag('IsArchived', 'Archived'));

export const task = (features: OrgFeatures): ObjectDefinition =>
  ordinary({ name: 'Task', label: 'Task', labelPlural: 'Tasks', keyPrefix: '00T' }, [
    ...identity({ bin: true }),
    ...about(features, 'Tasks'),
    text('Subject', 'Subject', 255, { nameField: true }),
    date('ActivityDate', 'Due Date Only'),
    picklist('Status', 'Status', values('*Not Started', 'In Progress', 'Completed', 'Deferred'), {
      nillable: false,
      defaultedOnCreate: true,
      columnDefault: "'Not Started'",
    }),
    picklist('Priority', 'Priority', values('High', '*Normal', 'Low'), {
      nillable: false,
      defaultedOnCreate: true,
      columnDefault: "'Normal'",
    }),
    formula(flag('IsHighPriority', 'High Priority'), `$"Priority" = 'High'`, 'Priority is high'),
    owner(),
    longText('Description', 'Description'),
    formula(flag('IsClosed', 'Closed'), `$"Status" = 'Completed'`, 'Status is completed'),
    archived(),
    integer('CallDurationInSeconds', 'Call Duration'),
    picklist('CallType', 'Call Type', values('Internal', 'Inbound', 'Outbound'), { length: 40 }),
    text('CallDisposition', 'Call Result', 255),
    text('CallObject', 'Call Object Identifier', 255),
    flag('IsReminderSet', 'Reminder Set'),
    datetime('ReminderDateTime', 'Reminder Date/Time'),
    picklist('TaskSubtype', 'Task Subtype', values('Task', 'Email', 'Call'), { length: 40, updateable: false }),
    ...recordCurrency(features),
    ...audit(),
  ]);

export const event = (features: OrgFeatures): ObjectDefinition =>
  ordinary({ name: 'Event', label: 'Event', labelPlural: 'Events', keyPrefix: '00U' }, [
    ...identity({ bin: true }),
    ...about(features, 'Events'),
    text('Subject', 'Subject', 255, { nameField: true }),
    text('Location', 'Location', 255),
    flag('IsAllDayEvent', 'All-Day Event'),
    datetime('ActivityDateTime', 'Due Date Time'),
    date('ActivityDate', 'Due Date Only'),
    integer('DurationInMinutes', 'Duration'),
    datetime('StartDateTime', 'Start Date Time'),
    datetime('EndDateTime', 'End Date Time'),
    longText('Description', 'Description'),
    owner(),
    flag('IsPrivate', 'Private'),
    picklist('ShowAs', 'Show Time As', values('Busy', 'OutOfOffice', 'Free'), { length: 40 }),
    readOnly(flag('IsChild', 'Is Child')),
    readOnly(flag('IsGroupEvent', 'Is Group Event')),
    archived(),
    flag('IsReminderSet', 'Reminder Set'),
    datetime('ReminderDateTime', 'Reminder Date/Time'),
    picklist('EventSubtype', 'Event Subtype', values('Event'), { length: 40, updateable: false }),
    ...recordCurrency(features),
    ...audit(),
  ]);
