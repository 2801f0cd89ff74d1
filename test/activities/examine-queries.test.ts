import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countRows, filterFindings, hiddenFields, keyFindings } from '../../activities/examine-queries.ts';
import type { SalesforcePort } from '../../activities/sync-ports.ts';
import { MooringError } from '../../domain/errors.ts';
import type { JobSpec } from '../../domain/job-spec.ts';
import { describeOf } from '../describes.ts';
import { customJob, field } from '../jobs.ts';

const DEAL = describeOf('Deal__c', {
  Name: { type: 'string', groupable: true },
  Number__c: { type: 'string', groupable: true, unique: true },
  Notes__c: 'textarea',
});
const deals = (rest: Partial<JobSpec> = {}): JobSpec =>
  customJob('Deal__c', [field('sfid', 'Id'), field('name', 'Name'), field('number', 'Number__c')], rest);

/** An org that answers queries with this, and notes them. */
function orgThat(answer: (soql: string) => unknown) {
  const asked: string[] = [];
  const query: SalesforcePort['query'] = async (soql) => {
    asked.push(soql);
    return { totalSize: 0, text: '{"records":[]}', ...(await (answer(soql) as Promise<object>)) };
  };
  return { asked, api: { query } as SalesforcePort };
}
const refusing = (code: 'SF_QUERY_REFUSED' | 'SF_SERVER_ERROR') =>
  orgThat(() => {
    throw new MooringError(code, 'The org says no.');
  });

test('fields that describe does not show are looked for in one query, and what exists all the same is hidden', async () => {
  const job = deals({
    mappings: [field('sfid', 'Id'), field('arr', 'ARR__c'), field('x', 'Nope__c'), field('o', 'Owner.Name')],
  });
  const { asked, api } = orgThat(() => ({ text: '{"records":[{"QualifiedApiName":"ARR__c"}]}' }));
  assert.deepEqual([...(await hiddenFields(api, job, DEAL))], ['deal__c.arr__c']);
  assert.deepEqual(asked, [
    "SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Deal__c' AND QualifiedApiName IN ('ARR__c', 'Nope__c')",
  ]);
});

test('nothing is asked when describe shows every field, and nothing is known to be hidden from who may not ask', async () => {
  const { asked, api } = orgThat(() => ({}));
  assert.equal((await hiddenFields(api, deals(), DEAL)).size, 0);
  assert.deepEqual(asked, []);
  const job = deals({ mappings: [field('arr', 'ARR__c')] });
  assert.equal((await hiddenFields(refusing('SF_QUERY_REFUSED').api, job, DEAL)).size, 0);
});

test('each condition is asked of the org without a row, and what it refuses is placed', async () => {
  const source = {
    object: 'Deal__c',
    filter: "Name = 'x'",
    optionalFilters: [
      { field: 'Number__c', soql: 'Number__c != null' },
      { field: 'Missing__c', soql: 'Missing__c = 1' },
    ],
  };
  const { asked, api } = orgThat(() => ({}));
  assert.deepEqual(await filterFindings(api, deals({ source }), DEAL), []);
  assert.deepEqual(asked, [
    "SELECT Id FROM Deal__c WHERE (Name = 'x') LIMIT 0",
    'SELECT Id FROM Deal__c WHERE (Number__c != null) LIMIT 0',
  ]);
  const found = await filterFindings(refusing('SF_QUERY_REFUSED').api, deals({ source }), DEAL);
  assert.deepEqual(
    found.map(({ severity, path }) => [severity, path.join('.')]),
    [
      ['error', 'source.filter'],
      ['error', 'source.optionalFilters.0.soql'],
    ],
  );
  await assert.rejects(filterFindings(refusing('SF_SERVER_ERROR').api, deals({ source }), DEAL), {
    code: 'SF_SERVER_ERROR',
  });
});

test('a key that the org keeps unique is not counted', async () => {
  const { asked, api } = orgThat(() => ({ totalSize: 1 }));
  for (const upsertKey of [['sfid'], ['number'], ['name', 'number']])
    assert.deepEqual(await keyFindings(api, deals({ upsertKey }), DEAL), []);
  assert.deepEqual(asked, []);
});

test('a key that rows share is an error, one that they might share a warning', async () => {
  const job = deals({ upsertKey: ['name'], source: { object: 'Deal__c', filter: 'IsDeleted = false' } });
  const shared = orgThat(() => ({ totalSize: 1 }));
  const [error] = await keyFindings(shared.api, job, DEAL);
  assert.deepEqual([error?.severity, error?.path], ['error', ['upsertKey']]);
  assert.match(error?.message ?? '', /"name" comes from Name, .* several rows share a value/);
  assert.deepEqual(shared.asked, [
    'SELECT Name, COUNT(Id) FROM Deal__c WHERE (IsDeleted = false) AND Name != null GROUP BY Name HAVING COUNT(Id) > 1 LIMIT 1',
  ]);
  for (const org of [orgThat(() => ({ totalSize: 0 })), refusing('SF_SERVER_ERROR')])
    assert.equal((await keyFindings(org.api, job, DEAL))[0]?.severity, 'warning');
  const notes = deals({ mappings: [field('notes', 'Notes__c')], upsertKey: ['notes'] });
  const ungrouped = orgThat(() => ({ totalSize: 1 }));
  assert.equal((await keyFindings(ungrouped.api, notes, DEAL))[0]?.severity, 'warning');
  assert.deepEqual(ungrouped.asked, [], 'a long text cannot be grouped');
});

test('rows are counted as the job reads them, and an org that takes too long leaves them uncounted', async () => {
  const job = deals({ source: { object: 'Deal__c', filter: "Name = 'x' OR Name = 'y'" } });
  const { asked, api } = orgThat(() => ({ totalSize: 42 }));
  assert.equal(await countRows(api, job, DEAL), 42);
  assert.deepEqual(asked, ["SELECT COUNT() FROM Deal__c WHERE (Name = 'x' OR Name = 'y')"]);
  assert.equal(await countRows(refusing('SF_SERVER_ERROR').api, job, DEAL), undefined);
});
