import assert from 'node:assert/strict';
import { planTables, type SchemaFacts } from '../../adapters/postgres/plan-tables.ts';
import type { ExistingIndex } from '../../adapters/postgres/table-steps.ts';
import { catalogJobs } from '../../config/catalog.ts';
import { compileJob } from '../../domain/compile-job.ts';
import type { ConnectionSpec } from '../../domain/connection-spec.ts';
import type { JobSpec } from '../../domain/job-spec.ts';
import { planConnection, type DeployedConnection, type PlanFacts } from '../../domain/plan-connection.ts';
import type { Change, ConnectionPlan } from '../../domain/plan.ts';
import { shapeOf } from '../../domain/schedule-shape.ts';
import { desiredSchedules, type DeployedSchedule } from '../../domain/schedules.ts';
import { ACCOUNT, CONTACT, describeOf, reference, USER } from '../describes.ts';
import type { Surroundings } from './configurations.ts';

/** Nobody resolves what stands here, so it may be anything. */
export const IN_MEMORY: Surroundings = {
  org: ['production', 'sandbox', 'https://acme.my.salesforce.com', { env: 'ACME_ORG' }, { file: '/run/org' }],
  clientId: [{ env: 'ACME_CLIENT_ID' }, { file: '/run/client-id' }],
  clientSecret: [{ env: 'ACME_CLIENT_SECRET' }, { file: '/run/client-secret' }],
  isMixed: true,
};

const ownedBy = (...others: string[]) => ({
  ...{ OwnerId: reference('OwnerId', 'User'), CreatedDate: 'datetime', LastModifiedDate: 'datetime' },
  ...Object.fromEntries(others.map((object) => [`${object}Id`, reference(`${object}Id`, object)])),
});
const more = (object: typeof ACCOUNT, fields: Parameters<typeof describeOf>[1]): typeof ACCOUNT => ({
  ...object,
  fields: [...object.fields, ...describeOf('', fields, ['Id', 'SystemModstamp', 'IsDeleted']).fields],
});

/** The objects of the emulated org with the fields that generated configurations name. */
const ORG = [
  describeOf('Opportunity', {
    ...{ Name: 'string', NextStep: 'string', StageName: 'picklist', Type: 'picklist', IsPrivate: 'boolean' },
    ...{ Amount: 'currency', TotalOpportunityQuantity: 'double', CloseDate: 'date', ...ownedBy('Account') },
  }),
  describeOf('Case', {
    ...{ Subject: 'string', SuppliedName: 'string', SuppliedEmail: 'email', Origin: 'picklist', Type: 'picklist' },
    ...{ CaseNumber: 'string', IsEscalated: 'boolean', ParentId: reference('ParentId', 'Case'), ...ownedBy('Account') },
  }),
  more(ACCOUNT, { ARR__c: 'currency' }),
  more(USER, { Alias: 'string' }),
  more(CONTACT, { AssistantName: 'string' }),
  describeOf('JBCXM__GSRelationshipType__c', { Name: 'string' }),
  describeOf('JBCXM__GSRelationship__c', {
    ...{ Name: 'string', JBCXM__Account__c: reference('JBCXM__Account__c', 'Account') },
    JBCXM__RelationshipType__c: reference('JBCXM__RelationshipType__c', 'JBCXM__GSRelationshipType__c'),
  }),
];

function compile(
  job: JobSpec,
  spec: Pick<ConnectionSpec, 'schema' | 'companyResolution' | 'jobs'>,
  facts: SchemaFacts,
) {
  const { schema, companyResolution, jobs } = spec;
  const isSource = ({ name }: (typeof ORG)[number]): boolean => name === job.source.object;
  return compileJob({
    ...{ job, schema, companyResolution, mode: 'full', columns: facts.columns },
    describes: [...ORG.filter(isSource), ...ORG.filter((each) => !isSource(each))],
    upsertKeys: new Map(jobs.map(({ target, upsertKey }) => [target.table, upsertKey])),
  });
}

const readsRows = ({ kind, enabled }: JobSpec): boolean => kind !== 'picklist' && enabled;

interface KnownSchema {
  readonly columns: Map<string, string>;
  readonly indexes: Map<string, ExistingIndex[]>;
}

/** Everything that is deployed, in memory: what PostgreSQL, Temporal and the model would hold. */
export class DeployedWorld {
  deployed: DeployedConnection | undefined;
  schedules: DeployedSchedule[] = [];
  readonly schemas = new Map<string, KnownSchema>();

  #schema(schema: string): KnownSchema {
    const known = this.schemas.get(schema) ?? { columns: new Map(), indexes: new Map() };
    this.schemas.set(schema, known);
    return known;
  }

  #tableChanges(spec: Pick<ConnectionSpec, 'schema' | 'companyResolution' | 'jobs'>): Change[] {
    const facts = { ...this.#schema(spec.schema), views: new Map() };
    return spec.jobs.filter(readsRows).flatMap((job) => planTables(job, compile(job, spec, facts), facts).changes);
  }

  /** As the migrations of the model do: they come before any plan of a table. */
  #migrate(schema: string): void {
    if (this.schemas.has(schema)) return;
    for (const change of this.#tableChanges({ schema, companyResolution: [], jobs: catalogJobs() }))
      this.#carryOut(change, schema);
  }

  plan(desired: ConnectionSpec): ConnectionPlan {
    this.#migrate(desired.schema);
    const input: PlanFacts = {
      desired,
      ...(this.deployed ? { deployed: this.deployed, schedules: this.schedules } : {}),
      database: this.#tableChanges(desired),
    };
    return planConnection(input);
  }

  /** Stops after `steps` steps, as a process that is killed does; the order is that of carryOut. */
  apply({ spec, changes }: ConnectionPlan, steps = Infinity): void {
    assert.ok(spec);
    let left = steps;
    for (const change of changes) {
      if (change.ddl === undefined || left-- <= 0) continue;
      this.#carryOut(change, spec.schema);
    }
    if (left-- <= 0) return;
    // jsonb gives keys back in an order of its own.
    const stored = JSON.parse(JSON.stringify(spec), (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)))
        : value,
    ) as ConnectionSpec;
    const gone = [...(this.deployed?.removedJobs ?? []), ...(this.deployed?.spec.jobs ?? [])];
    this.deployed = {
      ...{ spec: stored, state: 'active', revision: (this.deployed?.revision ?? 0) + 1, isOrphaned: false },
      removedJobs: gone.filter(({ name }) => !stored.jobs.some((each) => each.name === name)),
    };
    for (const wanted of desiredSchedules(stored)) {
      if (left-- <= 0) return;
      const is = this.schedules.find(({ id }) => id === wanted.id);
      const isPaused = wanted.spec.paused ?? is?.isPaused ?? false;
      this.schedules = [
        ...this.schedules.filter(({ id }) => id !== wanted.id),
        { id: wanted.id, jobs: wanted.jobs, shape: shapeOf(wanted.spec), isPaused, isCurrent: true },
      ];
    }
    const ids = new Set(desiredSchedules(stored).map(({ id }) => id));
    this.schedules = this.schedules.filter(({ id }) => ids.has(id));
  }

  #carryOut({ what, action, name, after, ddl = '' }: Change, schema: string): void {
    const { columns, indexes } = this.#schema(schema);
    const path = name.slice(schema.length + 1);
    if (what === 'table') columns.set(`${path}.id`, 'uuid');
    if (what === 'column') columns.set(path, after ?? columns.get(path) ?? 'text');
    if (what !== 'key' || ddl.includes('WHERE')) return;
    const [table = ''] = path.split(' ');
    const key = /\((.*)\)$/.exec(path)?.[1]?.split(', ') ?? [];
    const index = { name: 'x_upsert_key', isUnique: true, columns: ['connection_id', ...key].sort() };
    indexes.set(table, action === 'delete' ? [] : [...(indexes.get(table) ?? []), index]);
  }
}
