import fc from 'fast-check';
import { stringify } from 'yaml';
import { functionSchema } from '../../config/schema/mapping-functions.ts';
import { DATE_PARTS, TEXT_FUNCTIONS } from '../../domain/mapping-function.ts';

/** Where the generated configurations are to be applied. */
export interface Surroundings {
  /** What may stand as `salesforce.org`, and for the app's id and secret. */
  readonly org: readonly unknown[];
  readonly clientId: readonly unknown[];
  readonly clientSecret: readonly unknown[];
  /** Whether a column may be of another kind and type in the next configuration: a database refuses that. */
  readonly isMixed: boolean;
}

type Keys = Readonly<Record<string, unknown>>;

/** Columns by name; each holds values of one type, whatever is mapped onto it. */
type Columns = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
/** Any of the columns; what is left out is left out of the YAML too. */
const some = (columns: Columns): fc.Arbitrary<Keys> => fc.record({ ...columns }, { requiredKeys: [] });
const oneOf = (...values: readonly unknown[]): fc.Arbitrary<unknown> => fc.constantFrom(...values);

const secret = (name: string): fc.Arbitrary<unknown> => oneOf({ env: name }, { file: `/run/secrets/${name}` });
const enabled = optional(fc.boolean());

const when = fc.oneof(
  fc.record({ every: oneOf('15m', '1h', '1d') }),
  fc
    .tuple(
      oneOf(
        { cron: '0 2 * * *' },
        { cron: '*/15 8-18 * * mon-fri' },
        { daily: '02:00' },
        { weekdays: '08:30' },
        { weekly: 'monday 06:00' },
        { monthly: '31 06:00' },
      ),
      optional(oneOf('UTC', 'Europe/Berlin')),
    )
    .map(([time, timezone]) => ({ ...(time as object), timezone })),
);
const schedule = fc
  .tuple(
    when,
    fc.record({
      jitter: optional(oneOf('30s', '2m')),
      catchUpWindow: optional(oneOf('10s', '1h')),
      paused: optional(fc.boolean()),
    }),
  )
  .map(([time, rest]) => ({ ...time, ...rest }));

const textStep = fc.oneof(
  oneOf(...TEXT_FUNCTIONS, { cast: 'text' }),
  fc.record({
    split: fc.record({ by: oneOf(' ', '@'), part: oneOf(...functionSchema.properties.split.properties.part.enum) }),
  }),
  fc.record({ coalesce: oneOf([{ value: 'none' }], ['Owner.Name', { value: 'nobody' }]) }),
);
const textSteps = fc.array(textStep, { minLength: 1, maxLength: 5 });

const text = (...fields: readonly string[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    oneOf(...fields),
    fc.record({
      from: oneOf(...fields),
      apply: optional(textSteps),
      type: optional(fc.constant('text')),
      required: enabled,
    }),
    fc.record({ from: fc.constant('Missing__c'), optional: fc.constant(true) }),
    fc.record({ value: oneOf('salesforce', '', 7, true, null), type: optional(fc.constant('text')) }),
  );
const amount = (...sources: readonly object[]): fc.Arbitrary<unknown> =>
  fc.oneof(oneOf(...sources), fc.constant({ value: 1.5, type: 'numeric' }));

const picklist = (from: string): fc.Arbitrary<unknown> =>
  fc.record({ from: fc.constant(from), onUnknown: optional(oneOf('keep', 'null', 'reject', null)) });

const users = fc.record({
  lookup: fc.constant('app_user'),
  by: fc.oneof(
    fc.constant({ sfdc_user_id: 'OwnerId' }),
    fc.record({ email: fc.record({ from: fc.constant('Owner.Email'), apply: optional(textSteps) }) }),
  ),
  onMissing: optional(oneOf('pending', 'null', 'reject', null)),
  onMultiple: optional(oneOf('error', 'oldest')),
});
const companies = fc.record({
  lookup: fc.constant('company'),
  by: oneOf({ companyResolution: 'AccountId' }, { sfdc_account_id: 'AccountId' }, { name: 'Account.Name' }),
  onMissing: optional(oneOf('pending', 'reject')),
  optional: enabled,
});

const own: Columns = {
  owner_user_id: users,
  company_id: companies,
  made_day: oneOf(
    { from: 'CreatedDate', apply: [{ cast: 'date' }] },
    { from: 'LastModifiedDate', apply: [{ coalesce: ['CreatedDate'] }, { cast: 'date' }], type: 'date' },
  ),
  made_part: oneOf(...DATE_PARTS).map((part) => ({ from: 'CreatedDate', apply: [part] })),
};

/** What a job may read: an object of the org with columns for its fields. */
const SOURCES: readonly { readonly object: string; readonly filters: readonly string[]; readonly columns: Columns }[] =
  [
    {
      object: 'Opportunity',
      filters: ['IsPrivate = false', "StageName IN ('Prospecting', 'Closed Won') AND Amount > 100"],
      columns: {
        ...own,
        words: text('Name', 'NextStep', 'StageName', 'Account.Name'),
        more_words: text('Type', 'Name'),
        amount: amount({ from: 'Amount' }, { from: 'TotalOpportunityQuantity', type: 'numeric' }),
        flag: oneOf('IsPrivate', { from: 'IsPrivate', required: true }, { value: false, type: 'boolean' }),
        stage: picklist('StageName'),
        day: oneOf('CloseDate', { from: 'CloseDate', type: 'date' }),
      },
    },
    {
      object: 'Case',
      filters: ['IsEscalated = false', "Origin = 'Web' OR Subject LIKE 'A%'"],
      columns: {
        ...own,
        words: text('Subject', 'SuppliedName', 'Origin', 'Account.Name'),
        more_words: text('Type', 'SuppliedEmail'),
        amount: amount({ from: 'CaseNumber', apply: [{ cast: 'numeric' }] }),
        flag: oneOf('IsEscalated', { value: true, type: 'boolean' }),
        stage: picklist('Origin'),
        parent_id: fc.constant('of its own table'),
      },
    },
  ];

const optionalFilters = oneOf(
  [{ field: 'Missing__c', soql: 'Missing__c = 1' }],
  [{ field: 'CreatedDate', soql: 'CreatedDate > 2020-01-01T00:00:00Z' }],
);
const rowKeys = {
  onDelete: optional(oneOf('ignore', 'deactivate', 'delete')),
  onLeaveFilter: optional(oneOf('keep', 'deactivate', 'delete')),
  extract: optional(oneOf('auto', 'rest', 'bulk')),
};

/** What no two configurations agree about. */
const MIXED: Columns = {
  mixed: fc.oneof(
    oneOf('Owner.Name', { from: 'CreatedDate', apply: ['year'] }, { from: 'CreatedDate', type: 'date' }),
    users,
  ),
  wider: oneOf(...['numeric(18,2)', 'numeric(24,2)', 'numeric', 'integer', 'bigint', 'text']).map((type) => ({
    ...{ value: 1, type },
  })),
};

const onDependency = oneOf('success', 'partial', 'any');

interface JobOptions {
  /** Jobs that it may wait for. */
  readonly others: readonly string[];
  readonly isMixed: boolean;
}

const customJob = (name: string, { others, isMixed }: JobOptions): fc.Arbitrary<Keys> =>
  fc.constantFrom(...SOURCES).chain(({ object, filters, columns }) =>
    fc
      .record({
        version: optional(fc.constant(1)),
        job: fc.constant(`${name}-sync`),
        connection: fc.constant('acme'),
        title: optional(oneOf('Own Rows', 'Other Rows')),
        enabled,
        source: fc.record({
          object: fc.constant(object),
          filter: optional(oneOf(...filters)),
          optionalFilters: optional(optionalFilters),
          optional: enabled,
        }),
        target: oneOf(
          { table: name },
          { table: `${name}_two` },
          // The database would have to have it.
          ...(isMixed ? [{ table: name, existing: true }] : []),
        ),
        map: some(isMixed ? { ...columns, ...MIXED } : columns).map((map) => ({
          sfid: 'Id',
          other_id: { from: 'Id', required: true },
          ...map,
        })),
        upsertKey: fc.constantFrom(['sfid'], ['other_id'], ['sfid', 'other_id']),
        ...rowKeys,
        after: optional(fc.subarray(['company-sync', ...others])),
        onDependency: optional(onDependency),
        schedule: optional(fc.oneof({ weight: 4, arbitrary: schedule }, fc.constant(null))),
      })
      .map((job) => {
        const { parent_id: parent, ...map } = job.map as Keys;
        const { table } = job.target as { readonly table: string };
        return parent === undefined
          ? job
          : { ...job, map: { ...map, parent_id: { lookup: table, by: { sfid: 'ParentId' } } } };
      }),
  );

const override = (columns: Columns, rest: Columns = {}): fc.Arbitrary<unknown> =>
  some({ enabled: fc.boolean(), map: some(columns), ...rowKeys, onDependency, schedule, ...rest });

/** A job may only name what comes before it here, so that nothing waits in a circle. */
const ORDER = [
  ...['picklist-sync', 'user-sync', 'company-sync', 'company-person-sync', 'relationship-type-sync'],
  ...['relationship-sync', 'one-sync', 'two-sync'],
];

const overrides = some({
  'picklist-sync': some({
    enabled: fc.boolean(),
    picklists: oneOf(['Account.Industry'], ['Account.Industry', 'Opportunity.StageName'], []),
    optionalPicklists: oneOf(['Account.Segment__c'], []),
    after: oneOf([], ['one-sync']),
    onDependency,
    schedule,
  }),
  'user-sync': override(
    { nickname: oneOf('Alias', { from: 'Alias', apply: ['upper'] }), department: fc.constant(null) },
    { filter: oneOf('IsActive = true', null), after: oneOf([], ['picklist-sync']) },
  ),
  'company-sync': override(
    {
      region: text('BillingState', 'BillingCountry'),
      arr: fc.constant('ARR__c'),
      summary: fc.constant(null),
      name: fc.constant({ apply: ['trim'] }),
      industry: fc.oneof(oneOf({ required: true }, { optional: true }), picklist('Industry')),
      parent_company_id: oneOf({ onMissing: null }, { onMultiple: 'oldest' }),
      main_user_id: users,
    },
    { filter: oneOf("Type = 'Customer'", 'Industry != null'), optionalFilters, after: oneOf([], ['user-sync']) },
  ),
  'company-person-sync': override({
    'person.department': oneOf('Department', { from: 'Title', apply: ['lower'] }),
    assistant: fc.constant('AssistantName'),
  }),
  'relationship-type-sync': override({ code: fc.constant({ value: 'x' }) }),
  'relationship-sync': override(
    { status: fc.constant(null) },
    { object: fc.constant('JBCXM__GSRelationship__c'), after: oneOf(['company-sync'], []) },
  ),
});

const chain = fc.record({
  schedule,
  jobs: fc.subarray(ORDER, { minLength: 1, maxLength: 4 }),
  onDependency: optional(onDependency),
});

/** Roles that every PostgreSQL has, and that may read nothing of ours by themselves. */
const grants = oneOf(['pg_monitor'], ['pg_monitor', 'pg_signal_backend'], []);

const connection = ({ org, clientId, clientSecret }: Surroundings): fc.Arbitrary<Keys> =>
  fc.record({
    version: optional(fc.constant(1)),
    connection: fc.constant('acme'),
    salesforce: fc.record({
      org: oneOf(...org),
      clientId: oneOf(...clientId),
      clientSecret: oneOf(...clientSecret),
      apiVersion: optional(oneOf('62.0', '60.0')),
      apiBudget: optional(fc.integer({ min: 1, max: 100 })),
    }),
    schema: optional(oneOf('model', 'crm')),
    companyResolution: optional(
      oneOf(
        { match: [{ account: 'Id', company: 'sfdc_account_id' }] },
        { match: [{ account: 'AccountNumber', company: 'account_number' }] },
      ),
    ),
    widget: optional(fc.record({ enabled: fc.boolean(), clientSecret: secret('CANVAS_SECRET') })),
    grants: optional(grants),
    notify: optional(
      some({ success: oneOf(['a@example.com'], []), failure: oneOf(['b@example.com', 'c@example.com'], []) }),
    ),
    jobs: optional(overrides),
    chains: optional(some({ nightly: chain, weekly: chain })),
  });

/** Documents of one configuration, as they would be written. */
export interface Configuration {
  readonly documents: readonly Keys[];
}

const without = (key: string, keys: Keys): Keys =>
  Object.fromEntries(Object.entries(keys).filter(([each]) => each !== key));

/** Takes out what rules refuse: jobs that are not there, circles, schedules of jobs that a chain runs. */
function repaired([head, ...own]: readonly [Keys, Keys | undefined, Keys | undefined]): Configuration {
  const jobs = own.filter((job) => job !== undefined);
  const one = jobs.find(({ job }) => job === 'one-sync');
  const there = new Set([...ORDER.slice(0, 6), ...jobs.map(({ job }) => job)]);
  const isThere = (name: string): boolean => there.has(name);
  const overridden = Object.entries((head['jobs'] ?? {}) as Record<string, Keys>);
  // Picklist Sync comes first, unless it waits for a job that waits for nobody.
  const afterOf = (job: Keys | undefined): readonly string[] => (job?.['after'] ?? []) as readonly string[];
  const waits =
    one !== undefined &&
    afterOf(one).length === 0 &&
    overridden.some(([name, job]) => name === 'picklist-sync' && afterOf(job).length > 0);
  const chains = Object.entries((head['chains'] ?? {}) as Record<string, Keys & { readonly jobs: readonly string[] }>)
    .map(([name, each]) => {
      const names = each.jobs.filter((job) => isThere(job) && !(waits && job === 'one-sync'));
      return [name, { ...each, jobs: names }] as const;
    })
    .filter(([, each]) => each.jobs.length > 0);
  const chained = new Set(chains.flatMap(([, each]) => each.jobs));
  const repair = (name: string, job: Keys): Keys => {
    const kept = chained.has(name) ? without('schedule', job) : job;
    if (kept['after'] === undefined) return kept;
    const after = afterOf(kept).filter(isThere);
    return { ...kept, after: name === 'picklist-sync' && !waits ? [] : after };
  };
  return {
    documents: [
      {
        ...head,
        ...(head['jobs'] === undefined
          ? {}
          : { jobs: Object.fromEntries(overridden.map(([name, job]) => [name, repair(name, job)])) }),
        ...(head['chains'] === undefined ? {} : { chains: Object.fromEntries(chains) }),
      },
      ...jobs.map((job) => repair(job['job'] as string, job)),
    ],
  };
}

/**
 * Random configurations of one connection, `acme`, that every rule accepts, with all keys that change what is deployed (a test compares).
 *
 * Objects and fields are those of the emulated org, so that the same configurations are applied in memory and on the real parts.
 */
export function configurations(surroundings: Surroundings): fc.Arbitrary<Configuration> {
  const { isMixed } = surroundings;
  const one = customJob('one', { isMixed, others: [] });
  const two = customJob('two', { isMixed, others: ['one-sync'] });
  return fc.tuple(connection(surroundings), optional(one), optional(two)).map(repaired);
}

/** The YAML of a configuration. */
export const yamlOf = ({ documents }: Configuration): string =>
  documents.map((document) => stringify(document, { keepUndefined: false })).join('---\n');
