import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examineSnapshot } from '../../domain/examine-snapshot.ts';
import type { JobSpec } from '../../domain/job-spec.ts';
import { objectsToAsk, type DescribedOrg } from '../../domain/snapshot.ts';
import { ACCOUNT, describeOf, reference, USER } from '../describes.ts';
import { catalogJob, connectionSpec, customJob, field } from '../jobs.ts';

const OPPORTUNITY = describeOf('Opportunity', {
  ...{ Name: 'string', Amount: 'currency', StageName: 'picklist', OwnerId: reference('OwnerId', 'User') },
});
const ORG: DescribedOrg = { apiVersion: '62.0', objects: [ACCOUNT, OPPORTUNITY, USER], absent: ['Invoice__c'] };

const examine = (jobs: readonly JobSpec[], org: Partial<DescribedOrg> = {}) =>
  examineSnapshot({
    spec: connectionSpec('acme', jobs),
    org: { ...ORG, ...org },
    remedy: 'mooring snapshot mooring/',
  });
const words = (jobs: readonly JobSpec[], org: Partial<DescribedOrg> = {}): string[] =>
  examine(jobs, org).findings.map(({ severity, path, message }) => `${severity} ${path.join('.')}: ${message}`);
const opportunity = (rest: Partial<JobSpec> = {}, ...mappings: JobSpec['mappings']): JobSpec =>
  customJob('Opportunity', [field('sfid', 'Id'), ...mappings], rest);

test('a job that fits the snapshot is compiled, and nothing is said', () => {
  const { findings, jobs } = examine([
    opportunity({}, field('owner', 'Owner.Name'), field('x', 'X__c', { optional: true })),
  ]);
  assert.deepEqual(findings, []);
  assert.deepEqual(
    jobs[0]?.compiled?.dropped.map(({ target }) => target),
    ['x'],
  );
});

test('a field that the snapshot lacks is an error that names the command, as is a type that does not fit', () => {
  const [missing, none] = words([opportunity({}, field('arr', 'ARR__c'), field('day', 'Amount', { type: 'date' }))]);
  assert.match(
    missing ?? '',
    /^error map\.arr: Opportunity has no field "ARR__c" .* if the org has it by now: mooring snapshot mooring\/$/,
  );
  assert.match(none ?? '', /^error map\.day: "Amount" is of type currency, and the column "opportunity\.day" is date/);
});

test('an object that was never asked for is told from one that the org lacks', () => {
  const [untaken] = words([customJob('Case', [field('sfid', 'Id')])]);
  assert.match(
    untaken ?? '',
    /^error source\.object: The snapshot lacks the object "Case".*Take it anew: mooring snapshot mooring\/$/,
  );
  const invoice = (optional: boolean): string[] =>
    words([customJob('Invoice__c', [field('sfid', 'Id')], { source: { object: 'Invoice__c', optional } })]);
  assert.match(invoice(false)[0] ?? '', /^error source\.object: The org has no object "Invoice__c"/);
  assert.match(invoice(true)[0] ?? '', /^notice source\.object: invoice__c-sync will be unavailable/);
  assert.match(
    words([opportunity({}, field('owner', 'Owner.Name'))], { objects: [OPPORTUNITY] })[0] ?? '',
    /^error map\.owner: The snapshot lacks the object "User"/,
  );
});

test('picklists are checked, of objects that the snapshot has', () => {
  const job = (picklists: readonly string[]): JobSpec =>
    catalogJob('picklist-sync', { source: { picklists, optionalPicklists: ['Account.Segment__c'] } });
  assert.deepEqual(words([job(['Account.Industry', 'Opportunity.*'])]), []);
  assert.match(
    words([job(['Account.Industri'])])[0] ?? '',
    /^error source\.picklists\.0: .* Did you mean "Industry"\?/,
  );
  assert.match(
    words([job(['Case.Status'])])[0] ?? '',
    /^error source\.picklists: The snapshot lacks the object "Case"/,
  );
  assert.match(words([job(['Invoice__c.Kind__c'])])[0] ?? '', /no picklist "Invoice__c\.Kind__c"/);
});

test('a key that may not be unique is a warning, since only the org can count', () => {
  const [warning] = words([opportunity({ upsertKey: ['name'] }, field('name', 'Name'))]);
  assert.match(
    warning ?? '',
    /^warning upsertKey: .* comes from Name, which Opportunity does not keep unique\. Whether/,
  );
});

test('a resolution by a field that Account lacks is an error, and jobs that are switched off are none', () => {
  const spec = connectionSpec('acme', [catalogJob('company-sync')], {
    companyResolution: [{ account: 'Nr__c', company: 'account_number' }],
  });
  const { findings } = examineSnapshot({ spec, org: ORG, remedy: 'x' });
  assert.match(findings.find(({ severity }) => severity === 'error')?.message ?? '', /Nr__c/);
  assert.deepEqual(words([customJob('Case', [field('sfid', 'Id')], { enabled: false })]), []);
});

test('a snapshot asks for objects, for those of picklists, and hop by hop for what dotted paths pass through', () => {
  const spec = connectionSpec('acme', [
    opportunity({ enabled: false }, field('owner', 'Owner.Manager.Name')),
    catalogJob('picklist-sync', { source: { picklists: ['Account.Industry'], optionalPicklists: ['Case.Status'] } }),
    customJob('Invoice__c', [field('sfid', 'Id')]),
  ]);
  const nothing: DescribedOrg = { apiVersion: '62.0', objects: [], absent: [] };
  assert.deepEqual(objectsToAsk(spec, nothing), ['Opportunity', 'Account', 'Case', 'Invoice__c']);
  const first = { ...nothing, objects: [OPPORTUNITY, ACCOUNT], absent: ['Case', 'Invoice__c'] };
  assert.deepEqual(objectsToAsk(spec, first), ['User']);
  assert.deepEqual(objectsToAsk(spec, { ...first, objects: [...first.objects, USER] }), []);
});
