import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobTemplate } from '../../config/job-template.ts';
import { loadTexts } from '../../config/load-config.ts';
import { describeOf, reference } from '../describes.ts';

const CONNECTION = 'connection: acme\nsalesforce: { clientId: { env: ACME_CLIENT_ID } }\n';
const OBJECT = describeOf('Big_Deal__c', {
  ...{
    Name: 'string',
    AnnualRevenue: 'currency',
    ARR__c: 'currency',
    Arr: 'double',
    Id2__c: 'string',
    Tags__c: 'multipicklist',
  },
  ...{ Address__c: 'address', Location__c: 'location', Blob__c: 'base64', deleted_at__c: 'datetime' },
  ...{ Score__c: { type: 'double', calculated: true, label: 'Score: a "sum"\nof {many} # things' } },
  ...{ AccountId: reference('AccountId', 'Account'), OwnerId: reference('OwnerId', 'User', 'Group') },
  ...{ Manager__c: reference('Manager__c', 'User'), Other__c: reference('Other__c', 'Other__c') },
});

test('a generated job is a valid configuration as it is', () => {
  const text = jobTemplate({ name: 'deal-sync', connection: 'acme', object: OBJECT, tables: ['company', 'app_user'] });
  const { connections, diagnostics } = loadTexts([{ file: 'deal.yaml', text: `${CONNECTION}---\n${text}` }]);
  assert.deepEqual(diagnostics, []);
  const job = connections[0]?.jobs.find(({ name }) => name === 'deal-sync') ?? assert.fail();
  assert.deepEqual(job.target, { table: 'big_deal' });
  assert.deepEqual(job.after, ['company-sync', 'user-sync']);
  const targets = Object.fromEntries(
    job.mappings.map((mapping) => [mapping.target, mapping.kind === 'field' ? mapping.from : mapping.kind]),
  );
  assert.equal(targets['sfdc_big_deal_id'], 'Id');
  assert.deepEqual([targets['annual_revenue'], targets['arr'], targets['arr_2']], ['AnnualRevenue', 'ARR__c', 'Arr']);
  assert.deepEqual([targets['account_id'], targets['manager'], targets['owner_id']], ['lookup', 'lookup', 'OwnerId']);
  assert.equal(targets['deleted_at_2'], 'deleted_at__c', 'a column of ours is not taken');
  for (const unmappable of ['address', 'location', 'blob']) assert.equal(targets[unmappable], undefined);
});

test('a reference to a table that nobody fills stays a plain field', () => {
  const text = jobTemplate({ name: 'deal-sync', connection: 'acme', object: OBJECT, tables: [] });
  assert.doesNotMatch(text, /lookup:/);
  assert.match(text, /account_id: AccountId/);
});
