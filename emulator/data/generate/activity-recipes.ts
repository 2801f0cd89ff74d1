import { LEAD_STATUSES } from '../objects/lead.ts';
import { literal } from '../sql.ts';
import {
  currencyFields,
  someIdSql,
  systemFields,
  type FieldExpressions,
  type Generation,
  type Recipe,
} from './generation.ts';
import { createRandomSql, type RandomSql } from './random-sql.ts';
import { COMPANY_FIRST, COMPANY_SECOND, FIRST_NAMES, LAST_NAMES, NASTY_TEXTS, TITLES } from './words.ts';

export function leadRecipe(generation: Generation): Recipe {
  const random = createRandomSql(generation.seed, 'Lead');
  return {
    object: 'Lead',
    rows: generation.sizes.leads,
    fields: {
      ...systemFields(generation, '00Q', random),
      IsDeleted: `(${random.below('IsDeleted', 100)} = 0)`,
      LastName: random.pick('LastName', LAST_NAMES),
      FirstName: random.some('FirstName', 90, random.pick('FirstName', FIRST_NAMES)),
      Company: `${random.pick('first', COMPANY_FIRST)} || ' ' || ${random.pick('second', COMPANY_SECOND)}`,
      Title: random.some('Title', 80, random.pick('Title', TITLES)),
      Email: random.some('Email', 90, `'lead' || n || '@prospect.example'`),
      Status: random.pick('Status', LEAD_STATUSES),
      OwnerId: someIdSql(generation, random, { field: 'OwnerId', keyPrefix: '005', rows: generation.sizes.users }),
      ...currencyFields(generation, random),
    },
  };
}

/** Half of the activities are about a contact, some about a lead; of the rest some about an account, an opportunity or a case. */
function about(generation: Generation, random: RandomSql): FieldExpressions {
  const { contacts, leads, accounts, opportunities, cases, users } = generation.sizes;
  const one = (field: string, keyPrefix: string, rows: number): string =>
    someIdSql(generation, random, { field, keyPrefix, rows });
  return {
    WhoId: random.some(
      'contact',
      50,
      one('WhoId', '003', contacts),
      random.some('lead', 30, one('lead', '00Q', leads)),
    ),
    WhatId: random.some(
      'account',
      40,
      one('WhatId', '001', accounts),
      random.some('deal', 50, one('deal', '006', opportunities), random.some('case', 50, one('case', '500', cases))),
    ),
    OwnerId: one('OwnerId', '005', users),
    Description: random.some('Description', 15, random.pick('Description', NASTY_TEXTS)),
  };
}

/** Up to three years before and a month after the newest stamp; what is older than a year is archived. */
const daySql = (generation: Generation, random: RandomSql): string =>
  `((${literal(generation.until)}::timestamptz AT TIME ZONE 'UTC')::date + 30 - ${random.below('day', 1100)}::int)`;
const isOld = (generation: Generation, day: string): string =>
  `${day} < (${literal(generation.until)}::timestamptz AT TIME ZONE 'UTC')::date - 365`;

export function taskRecipe(generation: Generation): Recipe {
  const random = createRandomSql(generation.seed, 'Task');
  const day = daySql(generation, random);
  return {
    object: 'Task',
    rows: generation.sizes.tasks,
    fields: {
      ...systemFields(generation, '00T', random),
      IsDeleted: `(${random.below('IsDeleted', 100)} = 0)`,
      ...about(generation, random),
      Subject: random.pick('Subject', ['Call', 'Send Letter', 'Send Quote', 'Other']),
      ActivityDate: day,
      // Only closed tasks are archived.
      Status: `CASE WHEN ${isOld(generation, day)} THEN 'Completed' ELSE ${random.pick('Status', ['Not Started', 'In Progress', 'Completed'])} END`,
      Priority: random.pick('Priority', ['High', 'Normal', 'Normal', 'Low']),
      IsArchived: isOld(generation, day),
      ...currencyFields(generation, random),
    },
  };
}

export function eventRecipe(generation: Generation): Recipe {
  const random = createRandomSql(generation.seed, 'Event');
  const day = daySql(generation, random);
  const start = `(${day}::timestamp AT TIME ZONE 'UTC' + make_interval(hours => 8 + ${random.below('hour', 10)}::int))`;
  return {
    object: 'Event',
    rows: generation.sizes.events,
    fields: {
      ...systemFields(generation, '00U', random),
      IsDeleted: `(${random.below('IsDeleted', 100)} = 0)`,
      ...about(generation, random),
      Subject: random.pick('Subject', ['Meeting', 'Call', 'Other']),
      Location: random.some('Location', 40, random.pick('Location', ['Berlin', 'On the phone', 'Room "3"'])),
      ActivityDate: day,
      ActivityDateTime: start,
      StartDateTime: start,
      DurationInMinutes: `30 * (1 + ${random.below('DurationInMinutes', 4)}::int)`,
      EndDateTime: `${start} + make_interval(mins => 30 * (1 + ${random.below('DurationInMinutes', 4)}::int))`,
      IsArchived: isOld(generation, day),
      ...currencyFields(generation, random),
    },
  };
}
