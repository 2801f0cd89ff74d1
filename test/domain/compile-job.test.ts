import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileJob, type CompileInput } from '../../domain/compile-job.ts';
import type { JobSpec, MappingSpec } from '../../domain/job-spec.ts';
import { parentsToDescribe } from '../../domain/resolve-path.ts';
import { ACCOUNT, CONTACT, describeOf, reference, USER } from '../describes.ts';
import { hasCode } from '../errors.ts';
import { catalogJob, customJob, field, lookup, rowsSoql } from '../jobs.ts';

const deal = describeOf('Opportunity', {
  ...{ Name: 'string', Amount: 'currency', Code__c: 'double', Tags__c: 'multipicklist', Home__c: 'location' },
  ...{ AccountId: reference('AccountId', 'Account'), OwnerId: reference('OwnerId', 'User') },
});

const compile = (
  mappings: readonly MappingSpec[],
  rest: Partial<CompileInput> & { readonly spec?: Partial<JobSpec> } = {},
) =>
  compileJob({
    job: customJob('Opportunity', mappings, rest.spec),
    schema: 'model',
    companyResolution: [],
    describes: [deal, ACCOUNT, USER],
    columns: new Map(),
    upsertKeys: new Map(),
    ...{ mode: 'full', isFirstLoad: true },
    ...rest,
  });

const problem = (mappings: readonly MappingSpec[], rest: Parameters<typeof compile>[1] = {}): string => {
  try {
    compile(mappings, rest);
  } catch (error) {
    hasCode('SF_FIELD_UNKNOWN')(error);
    return (error as Error).message;
  }
  return assert.fail('the job compiled');
};

test('a job reads each field once, in Salesforce’s own spelling, with its id first and its stamp after it', () => {
  const plan = compile([
    field('deal_id', 'ID'),
    field('name', 'nAmE'),
    field('title', 'Name'),
    field('owner', 'owner.NAME'),
  ]);
  assert.deepEqual(plan.paths, ['Id', 'SystemModstamp', 'Name', 'Owner.Name']);
  assert.equal(rowsSoql(plan), 'SELECT Id, SystemModstamp, Name, Owner.Name FROM Opportunity');
  assert.deepEqual(
    plan.fields.map(({ column, position, path }) => [column, position, path]),
    [
      ['deal_id', 1, 'Id'],
      ['name', 3, 'Name'],
      ['title', 3, 'Name'],
      ['owner', 4, 'Owner.Name'],
    ],
  );
});

test('an incremental job reads from the watermark, and what was deleted and merged', () => {
  const job = catalogJob('company-sync');
  const plan = compile([], { job, describes: [ACCOUNT], mode: 'incremental', from: '2026-01-05T10:00:00.000Z' });
  assert.match(rowsSoql(plan), / FROM Account WHERE SystemModstamp >= 2026-01-05T10:00:00\.000Z$/);
  assert.equal(plan.paths[(plan.isDeleted ?? 0) - 1], 'IsDeleted');
  assert.equal(plan.paths[(plan.masterRecordId ?? 0) - 1], 'MasterRecordId');
  assert.equal(compile([], { job, describes: [ACCOUNT] }).isDeleted, undefined);
});

test('an object without SystemModstamp goes by its next best stamp, one without any is always read whole', () => {
  const dated = describeOf('Opportunity', { CreatedDate: 'datetime' }, ['SystemModstamp', 'IsDeleted']);
  const plan = compile([], { describes: [dated], mode: 'incremental', from: '2026-01-05T10:00:00.000Z' });
  assert.match(rowsSoql(plan), /WHERE CreatedDate >= /);
  assert.equal(plan.stampField, 'CreatedDate');
  assert.equal(plan.isDeleted, undefined);
  const bare = describeOf('Opportunity', {}, ['SystemModstamp', 'IsDeleted']);
  const whole = compile([], { describes: [bare], mode: 'incremental', from: '2026-01-05T10:00:00.000Z' });
  assert.deepEqual(
    [rowsSoql(whole), whole.stamp, whole.stampField],
    ['SELECT Id FROM Opportunity', undefined, undefined],
  );
});

test('an optional mapping is dropped with the reason where the org lacks the field', () => {
  const plan = compile([field('name', 'Name'), field('money', 'CurrencyIsoCode', { optional: true })]);
  assert.deepEqual(
    plan.fields.map(({ column }) => column),
    ['name'],
  );
  assert.equal(plan.dropped[0]?.target, 'money');
  assert.match(plan.dropped[0].reason, /"CurrencyIsoCode"/);
});

test('an optional lookup is dropped as a whole where one of its fields is missing', () => {
  const plan = compile([lookup('seller_id', 'app_user', { first: 'Name', second: 'Nowhere__c' }, { optional: true })]);
  assert.deepEqual([plan.lookups, plan.dropped.length], [[], 1]);
});

test('everything that is in the way is said at once', () => {
  const said = problem([
    field('a', 'Nam'),
    field('b', 'Owner.Nam'),
    field('c', 'Ownr.Name'),
    field('d', 'Home__c'),
    lookup('e_id', 'company', { sfdc_account_id: 'Acount__c' }),
  ]);
  for (const words of [
    /"a".*no field "Nam"/,
    /"b".*User has no field "Nam"/,
    /"c".*no relationship "Ownr"/,
    /"d".*type location/,
    /"e_id".*"Acount__c"/,
  ])
    assert.match(said, words);
});

test('a compound or binary field cannot be mapped, optional or not, and a lookup cannot use one', () => {
  assert.match(problem([field('home', 'Home__c', { optional: true })]), /map its component fields/);
  assert.match(problem([lookup('x_id', 'company', { name: 'Home__c' })]), /type location/);
});

test('a field becomes what its column is, else what the mapping says, else what Salesforce says', () => {
  const columns = new Map([['opportunity.amount', 'numeric(18,2)']]);
  const { fields } = compile(
    [
      field('amount', 'Amount', { type: 'numeric' }),
      field('code', 'Code__c', { type: 'integer' }),
      field('revenue', 'Amount'),
      field('tags', 'Tags__c'),
      field('name', 'Name'),
    ],
    { columns },
  );
  assert.deepEqual(
    fields.map(({ type }) => type),
    ['numeric(18,2)', 'integer', 'numeric', 'text[]', 'text'],
  );
});

test('a constant keeps its text, and null stays null', () => {
  const constant = (target: string, value: string | number | boolean | null): MappingSpec => ({
    ...{ kind: 'constant', target, value, optional: false },
  });
  const { constants } = compile([constant('a', 7), constant('b', false), constant('c', null)]);
  assert.deepEqual(
    constants.map(({ value }) => value),
    ['7', 'false', null],
  );
});

test('a lookup is unique when it compares the whole upsert key of the table', () => {
  const unique = (by: Readonly<Record<string, string>>): boolean | undefined =>
    compile([lookup('x_id', 'app_user', by)], { upsertKeys: new Map([['app_user', ['sfdc_user_id']]]) }).lookups[0]
      ?.unique;
  assert.equal(unique({ sfdc_user_id: 'OwnerId' }), true);
  assert.equal(unique({ sfdc_user_id: 'OwnerId', name: 'Name' }), true);
  assert.equal(unique({ name: 'Name' }), false);
  // Of a table that no job fills nothing is known.
  assert.equal(compile([lookup('x_id', 'elsewhere', { name: 'Name' })]).lookups[0]?.unique, false);
});

test('a lookup by company resolution asks for the Account’s id', () => {
  const mapping: MappingSpec = {
    ...{ kind: 'lookup', target: 'company_id', table: 'company', by: { companyResolution: 'AccountId' } },
    ...{ onMissing: 'pending', onMultiple: 'error', optional: false },
  };
  assert.deepEqual(
    compile([mapping]).lookups[0]?.pairs.map(({ column, path }) => [column, path]),
    [['sfdc_account_id', 'AccountId']],
  );
});

test('company resolution becomes claims of Company Sync only, and the account’s id is none', () => {
  const job = catalogJob('company-sync');
  const companyResolution = [
    { account: 'Id', company: 'sfdc_account_id' },
    { account: 'AccountNumber', company: 'account_number' },
  ];
  const claims = compile([], { job, describes: [ACCOUNT], companyResolution }).claims;
  assert.deepEqual(
    claims.map(({ column, path }) => [column, path]),
    [['account_number', 'AccountNumber']],
  );
  assert.deepEqual(compile([], { companyResolution }).claims, []);
});

test('a condition on a field that the org lacks is left out', () => {
  const spec = {
    source: {
      object: 'Opportunity',
      filter: 'IsClosed = false OR Amount > 5',
      optionalFilters: [
        { field: 'Name', soql: "Name != 'x'" },
        { field: 'IsPersonAccount', soql: 'IsPersonAccount = false' },
      ],
    },
  };
  const soql = rowsSoql(compile([], { spec, mode: 'incremental', from: '2026-01-05T10:00:00.000Z' }));
  assert.match(
    soql,
    / WHERE \(\(\(IsClosed = false OR Amount > 5\) AND \(Name != 'x'\)\) OR IsDeleted = true\) AND SystemModstamp >= /,
  );
  assert.doesNotMatch(soql, /IsPersonAccount/);
});

test('columns of the person are kept apart from those of the role', () => {
  const job = catalogJob('company-person-sync');
  const plan = compile([], { job, describes: [CONTACT] });
  assert.ok(plan.personFields.some(({ column }) => column === 'email'));
  assert.ok(plan.fields.every(({ column }) => !column.includes('.') && column !== 'email'));
  assert.deepEqual(
    plan.dropped.map(({ target }) => target),
    ['person.middle_name'],
  );
});

test('the parents of dotted paths must be described, of lookups too, hop by hop', () => {
  const job = customJob('Opportunity', [
    field('a', 'owner.Name'),
    field('b', 'Owner.Manager.Name'),
    field('c', 'Name'),
    lookup('d_id', 'app_user', { sfdc_user_id: 'Account.OwnerId' }),
    field('e', 'Account.Parent.Owner.Name'),
  ]);
  assert.deepEqual(parentsToDescribe(job, [deal]).sort(), ['Account', 'User']);
  assert.deepEqual(parentsToDescribe(job, [deal, ACCOUNT]), ['User']);
  assert.deepEqual(parentsToDescribe(job, [deal, ACCOUNT, USER]), []);
  const { paths } = compile(job.mappings);
  assert.deepEqual(paths.slice(2), [
    'Owner.Name',
    'Owner.Manager.Name',
    'Name',
    'Account.Parent.Owner.Name',
    'Account.OwnerId',
  ]);
});

test('a path through an object that cannot be described says so', () => {
  assert.match(
    problem([field('a', 'Owner.Name')], { describes: [deal] }),
    /leads to "User", which cannot be described/,
  );
});

test('a job without an object is refused', () => {
  assert.throws(() => compile([], { describes: [] }), hasCode('SF_OBJECT_UNKNOWN'));
});

test('a statement that is longer than Salesforce takes is refused with what to do', () => {
  const filter = `Name IN (${Array.from({ length: 9_000 }, (_, index) => `'name ${index}'`).join(', ')})`;
  const tooLong = (): unknown =>
    compile([field('name', 'Name')], { spec: { source: { object: 'Opportunity', filter } } });
  assert.throws(tooLong, hasCode('SF_QUERY_REFUSED'));
  assert.throws(tooLong, /characters of SOQL, and Salesforce takes 100000\. Map fewer fields, or shorten its filter/);
});
