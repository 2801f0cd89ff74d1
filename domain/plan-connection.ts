import type { ConnectionSpec } from './connection-spec.ts';
import type { JobSpec } from './job-spec.ts';
import { jobChanges, rereadOf, settingChanges } from './job-changes.ts';
import type { ConnectionState } from './lifecycle.ts';
import { mappingWords } from './mapping-words.ts';
import { connectionWorkflowId } from './names.ts';
import type { Change, ConnectionPlan, Reread } from './plan.ts';
import { planSchedules } from './plan-schedules.ts';
import { isSame } from './same-value.ts';
import type { DeployedSchedule } from './schedules.ts';

/** A connection as PostgreSQL has it. */
export interface DeployedConnection {
  readonly spec: ConnectionSpec;
  readonly state: ConnectionState;
  readonly revision: number;
  /** No longer in the files since an earlier apply: paused, otherwise as it was. */
  readonly isOrphaned: boolean;
  /** Jobs that left the files; their watermarks are still there. */
  readonly removedJobs: readonly JobSpec[];
}

export interface PlanFacts {
  /** Absent when the connection is no longer in the files. */
  readonly desired?: ConnectionSpec;
  /** Absent when it was never applied. */
  readonly deployed?: DeployedConnection;
  /** What Temporal has; absent when the connection has no schedules to look at. */
  readonly schedules?: readonly DeployedSchedule[];
  /** What its workflow knows, or that it does not run; absent when nobody asked. */
  readonly workflow?: { readonly revision: number; readonly state: ConnectionState } | 'missing';
  /** Schema, tables, columns, keys and grants that the database lacks. */
  readonly database: readonly Change[];
  /** Rows and API calls of a full read of a job, as the org estimates them. */
  readonly sizes?: ReadonlyMap<string, { readonly rows: number; readonly apiCalls: number }>;
  /** What the org could not be asked, as sentences. */
  readonly notices?: readonly string[];
}

/** Returns what has to change for one connection to be as its files say. Pure: everything that was looked up is in the facts. */
export function planConnection(facts: PlanFacts): ConnectionPlan {
  const { desired, deployed } = facts;
  if (desired === undefined) return planOrphan(deployed);
  if (deployed === undefined) return planNew(desired, facts);
  const schedules = planSchedules({ ...facts, desired, deployed });
  return {
    connection: desired.name,
    spec: desired,
    changes: [
      ...(deployed.isOrphaned
        ? [{ action: 'update', what: 'connection', name: desired.name, note: 'in the files again' } as const]
        : []),
      ...settingChanges(settingsOf(deployed.spec), settingsOf(desired)),
      ...changedJobs(deployed, desired),
      ...changedChains(deployed.spec, desired),
      ...facts.database,
      ...schedules.changes,
      ...changedWorkflow(facts, deployed),
    ],
    rereads: rereads(deployed, desired).map((reread) => ({ ...reread, ...facts.sizes?.get(reread.job) })),
    notices: [...schedules.notices, ...(facts.notices ?? [])],
  };
}

function planOrphan(deployed: DeployedConnection | undefined): ConnectionPlan {
  const name = deployed?.spec.name ?? '';
  const note = 'no longer in the files: its schedules are paused; its grant, jobs and rows stay';
  return {
    connection: name,
    changes: deployed?.isOrphaned === false ? [{ action: 'delete', what: 'connection', name, note }] : [],
    rereads: [],
    notices: [],
  };
}

function planNew(desired: ConnectionSpec, { database, notices = [] }: PlanFacts): ConnectionPlan {
  return {
    connection: desired.name,
    spec: desired,
    changes: [
      { action: 'create', what: 'connection', name: desired.name, after: `schema ${desired.schema}` },
      ...desired.jobs.flatMap((job) => newJob(job, desired)),
      ...changedChains(undefined, desired),
      ...database,
      ...planSchedules({ desired }).changes,
    ],
    rereads: [],
    notices,
  };
}

const settingsOf = ({ name: _name, jobs: _jobs, chains: _chains, ...settings }: ConnectionSpec): object => settings;

const find = (jobs: readonly JobSpec[], name: string): JobSpec | undefined => jobs.find((job) => job.name === name);

function newJob(job: JobSpec, { schema }: ConnectionSpec): Change[] {
  const { name, source, target, mappings, enabled } = job;
  const rows = `${source.object ?? 'picklists'} → ${schema}.${target.table}`;
  const filter = source.filter === undefined ? '' : ` where ${source.filter}`;
  return [
    {
      action: 'create',
      what: 'job',
      job: name,
      name,
      after: `${rows}${filter}${enabled ? '' : ', switched off'}`,
    },
    ...mappings.map((mapping): Change => ({
      action: 'create',
      what: 'mapping',
      job: name,
      name: mapping.target,
      after: mappingWords(mapping),
    })),
  ];
}

function changedJobs({ spec }: DeployedConnection, desired: ConnectionSpec): Change[] {
  const gone = spec.jobs.filter(({ name }) => find(desired.jobs, name) === undefined);
  return [
    ...desired.jobs.flatMap((job) => {
      const before = find(spec.jobs, job.name);
      if (before === undefined) return newJob(job, desired);
      const changes = jobChanges(before, job);
      const head: Change = { action: 'update', what: 'job', job: job.name, name: job.name };
      return changes.length === 0 ? [] : [head, ...changes];
    }),
    ...gone.map(({ name, target }): Change => ({
      action: 'delete',
      what: 'job',
      job: name,
      name,
      before: `${spec.schema}.${target.table}`,
      note: 'it runs no more; its rows stay',
    })),
  ];
}

function changedChains(before: ConnectionSpec | undefined, after: ConnectionSpec): Change[] {
  const words = (spec: ConnectionSpec | undefined, name: string): string | undefined => {
    const chain = spec?.chains.find((each) => each.name === name);
    if (chain === undefined) return undefined;
    const { name: _name, schedule: _schedule, jobs, ...rest } = chain;
    const more = Object.entries(rest).map(([key, value]) => `, ${key}: ${JSON.stringify(value)}`);
    return `${jobs.join(', ')}${more.join('')}`;
  };
  const names = new Set([...after.chains, ...(before?.chains ?? [])].map(({ name }) => name));
  return [...names].flatMap((name): Change[] => {
    const [was, is] = [words(before, name), words(after, name)];
    if (was === is) return [];
    return [
      {
        action: was === undefined ? 'create' : is === undefined ? 'delete' : 'update',
        what: 'chain',
        name,
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { after: is }),
      },
    ];
  });
}

function changedWorkflow({ workflow }: PlanFacts, { spec, revision, state }: DeployedConnection): Change[] {
  const name = connectionWorkflowId(spec.name);
  if (workflow === 'missing') return [{ action: 'create', what: 'workflow', name, note: 'it does not run' }];
  if (workflow === undefined || (workflow.revision === revision && workflow.state === state)) return [];
  const words = (each: { readonly revision: number; readonly state: ConnectionState }): string =>
    `revision ${each.revision}, ${each.state.replaceAll('_', ' ')}`;
  const note = `it works with ${words(workflow)} in place of ${words({ revision, state })}`;
  return [{ action: 'update', what: 'workflow', name, note }];
}

function rereads({ spec, removedJobs }: DeployedConnection, desired: ConnectionSpec): Reread[] {
  return desired.jobs.flatMap((job) => {
    const before = find(spec.jobs, job.name) ?? find(removedJobs, job.name);
    if (before === undefined) return []; // its first run reads everything anyhow
    if (!isSame(spec.schema, desired.schema)) return [{ job: job.name, why: 'another schema is filled' }];
    return rereadOf(before, job) ?? [];
  });
}
