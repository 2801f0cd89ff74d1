import { createDeployments, type Deployment } from '../adapters/postgres/deployments.ts';
import { schemasToMigrate } from '../adapters/postgres/migrate.ts';
import { planGrants, readGrants } from '../adapters/postgres/plan-grants.ts';
import { planTables, readSchema, type SchemaFacts } from '../adapters/postgres/plan-tables.ts';
import { createDataConverter } from '../adapters/temporal/data-converter.ts';
import { createSchedules } from '../adapters/temporal/schedules.ts';
import { modelNames } from '../config/catalog.ts';
import { inReadingOrder, isError, type Diagnostic } from '../config/diagnostic.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import { MooringError } from '../domain/errors.ts';
import type { Examination, Finding } from '../domain/examination.ts';
import { TASK_QUEUE } from '../domain/names.ts';
import { planConnection, type PlanFacts } from '../domain/plan-connection.ts';
import type { Change, ConnectionPlan, Plan } from '../domain/plan.ts';
import { desiredSchedules, type DeployedSchedule } from '../domain/schedules.ts';
import { inTurns } from './in-turns.ts';
import {
  diagnosticOf,
  leftOut,
  noticesOfFindings,
  removedFrom,
  strayJobs,
  type PlannedFiles,
} from './plan-problems.ts';
import type { System } from './system.ts';
import { findTargetProblems } from './target-problems.ts';

export interface PlanInput extends PlannedFiles {
  /** Ask the orgs of all connections, however many they are. */
  readonly all?: boolean;
}

export interface MadePlan {
  readonly plan: Plan;
  /** What the org and the database say against it, in reading order. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Up to this many connections all are asked whether their org still agrees; of more, those that change. */
const MOST_ASKED = 20;

type PlanSystem = Pick<System, 'settings' | 'pool' | 'client' | 'mooring' | 'searchable'> & {
  readonly taskQueue?: string;
};

/** One connection with what was looked up about it. */
interface Subject {
  readonly desired: ConnectionSpec;
  readonly deployed?: Deployment;
  readonly examination?: Examination | 'missing';
}

/**
 * Compares the files with what is deployed and with the orgs, and returns what `apply` would do. Changes nothing.
 *
 * Needs no key and no token: workers ask the orgs. Unchanged connections beyond twenty cost nothing but their schedules' place in a list.
 */
export async function makePlan(system: PlanSystem, input: PlanInput): Promise<MadePlan> {
  const deployments = await createDeployments(system.pool).list();
  const before = new Map(deployments.map((deployment) => [deployment.name, deployment]));
  const drafts = input.connections.map((desired): Subject => {
    const deployed = before.get(desired.name);
    return { desired, ...(deployed ? { deployed } : {}) };
  });
  const askAll = input.all === true || drafts.length <= MOST_ASKED;
  const subjects = await inTurns(drafts, (draft) => examine(system, draft, askAll));
  const schedules = await findSchedules(system, subjects);
  const unmigrated = await schemasToMigrate(system.pool, [...new Set(input.connections.map(({ schema }) => schema))]);
  const schemas = await readSchemas(system, subjects);
  const targetProblems = await findTargetProblems(system.pool, input.connections);
  const roles = await readGrants(system.pool, [
    ...input.connections,
    ...drafts.flatMap(({ deployed }) => deployed?.spec ?? []),
  ]);

  const diagnostics: Diagnostic[] = [];
  const connections = subjects.map((subject): ConnectionPlan => {
    const { desired } = subject;
    const { findings, ...database } = databaseFacts(subject, schemas);
    const schema: Change = {
      action: 'create',
      what: 'schema',
      name: desired.schema,
      note: 'the customer model, or what is new in it',
    };
    diagnostics.push(
      ...[...findings, ...targetProblems(desired)].flatMap((finding) => diagnosticOf(finding, desired, input)),
    );
    const grants = planGrants(
      {
        ...{ desired, others: othersThan(desired, input, deployments), created: tablesMade(database.changes) },
        ...(subject.deployed ? { deployed: subject.deployed.spec } : {}),
      },
      roles,
    );
    diagnostics.push(
      ...grants.problems.map(({ index, message }) =>
        input.locate({ connection: desired.name, path: ['grants', index] }, message),
      ),
    );
    return planConnection({
      ...factsOf(subject, schedules),
      database: [
        ...(unmigrated.has(desired.schema) ? [schema, ...beyondModel(desired, database.changes)] : database.changes),
        ...grants.changes,
      ],
      notices: [...noticesOf(subject, askAll), ...noticesOfFindings(findings), ...database.notices],
    });
  });
  const removed = removedFrom(input, deployments);
  return {
    plan: { connections: [...connections, ...removed.map((deployed) => planConnection({ deployed, database: [] }))] },
    diagnostics: [...diagnostics, ...strayJobs(input, deployments)].sort(inReadingOrder),
  };
}

/** All other connections as they will be. */
const othersThan = (
  { name }: ConnectionSpec,
  { connections }: PlanInput,
  deployments: readonly Deployment[],
): ConnectionSpec[] => [
  ...connections.filter((each) => each.name !== name),
  ...deployments.flatMap(({ name: other, spec }) =>
    other === name || connections.some((each) => each.name === other) ? [] : [spec],
  ),
];

const tablesMade = (changes: readonly Change[]): ReadonlySet<string> =>
  new Set(changes.flatMap(({ what, name }) => (what === 'table' ? [name.slice(name.indexOf('.') + 1)] : [])));

/** What the files alone would change: asked first, to know whom to ask about the rest. */
const draftOf = ({ desired, deployed }: Subject): ConnectionPlan =>
  planConnection({ desired, ...(deployed ? { deployed } : {}), database: [] });

async function examine(system: PlanSystem, subject: Subject, askAll: boolean): Promise<Subject> {
  if (subject.deployed === undefined) return subject;
  const { changes, rereads } = draftOf(subject);
  if (!askAll && changes.length === 0) return subject;
  const created = changes.flatMap(({ action, what, name }) => (action === 'create' && what === 'job' ? [name] : []));
  const count = [...created, ...rereads.map(({ job }) => job)];
  try {
    return {
      ...subject,
      examination: await system.mooring.examine(subject.desired.name, { spec: subject.desired, count }),
    };
  } catch (error) {
    // Its workflow is gone, with the whole namespace perhaps; apply starts it anew.
    if (error instanceof MooringError && error.code === 'CONNECTION_UNKNOWN')
      return { ...subject, examination: 'missing' };
    throw error;
  }
}

const hasSchedules = ({ deployed }: Subject): boolean => deployed?.state === 'active' && !deployed.isOrphaned;

async function findSchedules(
  { client, searchable, settings, taskQueue = TASK_QUEUE }: PlanSystem,
  subjects: readonly Subject[],
): Promise<readonly DeployedSchedule[]> {
  const { codecKeyId } = createDataConverter(settings.codecKey);
  const wanted = subjects.filter(hasSchedules).flatMap(({ desired, deployed }) => {
    const now = desiredSchedules(desired);
    const old = deployed === undefined ? [] : desiredSchedules(deployed.spec);
    return [...now, ...old.filter(({ id }) => !now.some((each) => each.id === id))];
  });
  return wanted.length === 0 ? [] : createSchedules({ client, taskQueue, searchable, codecKeyId }).find(wanted);
}

/** Of the schemas whose tables somebody has described. */
async function readSchemas(
  { pool }: PlanSystem,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<string, SchemaFacts>> {
  const names = new Set(
    subjects.flatMap(({ desired, examination }) =>
      typeof examination === 'object' && examination.jobs.length > 0 ? [desired.schema] : [],
    ),
  );
  const schemas = new Map<string, SchemaFacts>();
  for (const name of names) schemas.set(name, await readSchema(pool, name));
  return schemas;
}

interface DatabaseFacts {
  readonly changes: readonly Change[];
  readonly notices: readonly string[];
  readonly findings: readonly Finding[];
}

function databaseFacts({ desired, examination }: Subject, schemas: ReadonlyMap<string, SchemaFacts>): DatabaseFacts {
  const facts = schemas.get(desired.schema);
  if (typeof examination !== 'object') return { changes: [], notices: [], findings: [] };
  const plans = examination.jobs.flatMap(({ job: name, compiled }) => {
    const job = desired.jobs.find((each) => each.name === name);
    return facts === undefined || compiled === undefined || job === undefined
      ? []
      : [{ name, ...planTables(job, compiled, facts) }];
  });
  const problems = plans.flatMap(({ name, problems: all }) =>
    all.map(({ target, message }): Finding => ({
      severity: 'error',
      job: name,
      path: ['map', target, 'type'],
      message,
    })),
  );
  return {
    changes: plans.flatMap(({ changes }) => changes),
    notices: plans.flatMap(({ notices }) => notices),
    findings: [...examination.findings, ...problems],
  };
}

/** The migrations of the model come before any other change of a schema. */
function beyondModel({ schema }: ConnectionSpec, changes: readonly Change[]): readonly Change[] {
  const brought = modelNames(schema);
  return changes.filter(({ name }) => !brought.has(name));
}

function factsOf(
  { desired, deployed, examination }: Subject,
  schedules: readonly DeployedSchedule[],
): Omit<PlanFacts, 'database'> {
  const sizes = typeof examination === 'object' ? examination.jobs : [];
  return {
    desired,
    ...(deployed ? { deployed } : {}),
    ...(deployed?.state === 'active' && !deployed.isOrphaned ? { schedules } : {}),
    ...(examination === undefined ? {} : { workflow: examination === 'missing' ? 'missing' : examination }),
    sizes: new Map(sizes.flatMap(({ job, size }) => (size === undefined ? [] : [[job, size] as const]))),
  };
}

function noticesOf({ deployed, examination }: Subject, askAll: boolean): string[] {
  if (typeof examination === 'object')
    return examination.unexamined === undefined ? leftOut(examination.jobs) : [examination.unexamined];
  if (deployed === undefined)
    return ['Nobody has authorized it yet, so its org cannot be asked: columns get their types once it is.'];
  return askAll ? ['Its workflow does not run, so its org was not asked.'] : [];
}

export const isBlocked = ({ diagnostics }: MadePlan): boolean => diagnostics.some(isError);
