import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DescribedObject } from '../../domain/describe.ts';
import { examineJob, uncertainKey, type ExamineInput } from '../../domain/examine-job.ts';
import type { MappingFunction } from '../../domain/mapping-function.ts';
import type { JobSpec } from '../../domain/job-spec.ts';
import { describeOf, reference, USER } from '../describes.ts';
import { customJob, field, lookup } from '../jobs.ts';

const OPPORTUNITY = describeOf('Opportunity', {
  ...{ Name: 'string', StageName: 'picklist', Amount: 'currency', CloseDate: 'date', Number__c: 'double' },
  ...{ Score__c: { type: 'double', calculated: true }, Address__c: 'address', IsWon: 'boolean' },
  ...{ External__c: { type: 'string', unique: true }, OwnerId: reference('OwnerId', 'User') },
});

const found = (
  mappings: JobSpec['mappings'],
  rest: Partial<Omit<ExamineInput, 'job'>> & { job?: Partial<JobSpec> } = {},
): string[] => {
  const { job, ...input } = rest;
  return examineJob({
    connection: 'acme',
    job: customJob('Opportunity', [field('sfid', 'Id'), ...mappings], job),
    describes: [OPPORTUNITY, USER],
    columns: new Map(),
    hidden: new Set(),
    picklists: new Set(['opportunity.stagename']),
    ...input,
  }).map(({ severity, path, message }) => `${severity} ${path.join('.')}: ${message}`);
};

test('a job whose fields exist and fit has nothing to say', () => {
  const mappings = [
    field('name', 'Name'),
    field('stage', 'StageName'),
    field('amount', 'Amount', { type: 'numeric' }),
    field('owner_name', 'Owner.Name'),
    lookup('owner_user_id', 'app_user', { sfdc_user_id: 'OwnerId' }),
  ];
  assert.deepEqual(found(mappings), []);
});

test('a field that does not exist is named with the one that was probably meant', () => {
  assert.deepEqual(found([field('amount', 'Ammount')]), [
    'error map.amount: Opportunity has no field "Ammount" that the authorized user may see. Did you mean "Amount"?',
  ]);
  assert.match(found([field('owner_name', 'Ownr.Name')])[0] ?? '', /no relationship "Ownr".* Did you mean "Owner"\?/);
});

test('a field that exists and may not be seen is told apart', () => {
  const [finding] = found([field('arr', 'ARR__c')], { hidden: new Set(['opportunity.arr__c']) });
  assert.match(finding ?? '', /^error map\.arr: .* The org has it, but .* no field-level access/);
});

test('what a picklist does not offer is a question of picklists alone', () => {
  assert.deepEqual(found([field('stage', 'StageName', { onUnknown: 'reject' })]), []);
  assert.deepEqual(found([field('name', 'Name', { onUnknown: 'null' })]), [
    'error map.name.onUnknown: "onUnknown" is about picklists, and "Name" is of type string. Remove it.',
  ]);
});

test('an optional mapping that the org lacks is no error', () => {
  assert.deepEqual(found([field('arr', 'ARR__c', { optional: true })]), []);
});

test('types that cannot fit are errors, those that may not are warnings', () => {
  const [none, some, compound] = found([
    field('won', 'IsWon', { type: 'integer' }),
    field('stage', 'StageName', { type: 'integer' }),
    field('address', 'Address__c'),
  ]);
  assert.match(none ?? '', /^error map\.won: .*no value fits/);
  assert.match(some ?? '', /^warning map\.stage: .*rows whose value does not fit are rejected/);
  assert.match(compound ?? '', /^error map\.address: .*Map its component fields/);
});

test('functions are checked against the types of the org, and the column against what they give', () => {
  const functions = (from: string, ...apply: MappingFunction[]): string[] => found([field('x', from, { apply })]);
  assert.deepEqual(functions('CloseDate', { name: 'year' }), []);
  assert.deepEqual(functions('IsWon', { name: 'cast', type: 'text' }, { name: 'upper' }), []);
  assert.deepEqual(functions('Amount', { name: 'lower' }), [
    'error map.x.apply.0: "lower" takes text, but gets numbers. Put { cast: text } before it, or choose another function.',
  ]);
  assert.match(
    functions('Name', { name: 'trim' }, { name: 'month' })[0] ?? '',
    /apply\.1: "month" takes days or times/,
  );
  assert.match(
    functions('IsWon', { name: 'cast', type: 'date' })[0] ?? '',
    /"cast" cannot make date of true and false/,
  );
  const coalesce = (other: string): MappingFunction => ({ name: 'coalesce', values: [{ field: other }] });
  assert.deepEqual(functions('Amount', coalesce('Number__c')), []);
  assert.match(functions('Amount', coalesce('Name'))[0] ?? '', /gets numbers, and "Name" holds text/);
  assert.match(functions('Amount', coalesce('Nothing__c'))[0] ?? '', /no field "Nothing__c"/);
  assert.match(
    found([field('x', 'CloseDate', { apply: [{ name: 'year' }], type: 'boolean' })])[0] ?? '',
    /no value fits/,
  );
});

test('an existing column may be widened, and not narrowed', () => {
  const amount = (type: string, existing: string): string[] =>
    found([field('amount', 'Amount', { type })], { columns: new Map([['opportunity.amount', existing]]) });
  assert.deepEqual(amount('numeric', 'integer'), []);
  assert.match(amount('integer', 'numeric')[0] ?? '', /^error map\.amount: .*cannot become integer/);
});

test('a formula is pointed out once for a job', () => {
  const findings = found([field('score', 'Score__c'), field('again', 'Score__c')]);
  assert.equal(findings.length, 1);
  assert.match(findings[0] ?? '', /^warning map\.score: .*score, again.*mooring run acme opportunity-sync --full/);
});

test('a picklist that Picklist Sync does not keep is pointed out', () => {
  assert.match(found([field('stage', 'StageName')], { picklists: new Set() })[0] ?? '', /^notice map\.stage: .*labels/);
});

test('what Bulk cannot read is refused where Bulk is demanded', () => {
  const status: DescribedObject = { ...describeOf('CaseStatus', {}), queryable: true };
  const input = { describes: [status], job: { extract: 'bulk' as const, source: { object: 'CaseStatus' } } };
  assert.match(found([], input)[0] ?? '', /^error extract: Bulk API 2\.0 does not support "CaseStatus"/);
});

test('a key is certain when one of its fields is unique in the org', () => {
  const names = (...keys: string[]): string[] =>
    uncertainKey(
      customJob('Opportunity', [field('sfid', 'Id'), field('ext', 'External__c'), field('name', 'Name')], {
        upsertKey: keys,
      }),
      OPPORTUNITY,
    ).map(({ name }) => name);
  assert.deepEqual([names('sfid'), names('ext'), names('name', 'ext'), names('name')], [[], [], [], ['Name']]);
});
