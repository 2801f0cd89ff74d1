import { cancellationSignal } from '@temporalio/activity';
import { compileJob, type CompileInput } from '../domain/compile-job.ts';
import type { CompiledJob } from '../domain/compiled-job.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import type { DescribedObject } from '../domain/describe.ts';
import { didYouMean, quote } from '../domain/did-you-mean.ts';
import { MooringError } from '../domain/errors.ts';
import { estimateCalls, type Examination, type Finding, type JobExamination } from '../domain/examination.ts';
import { examineJob } from '../domain/examine-job.ts';
import type { ColumnType, JobSpec } from '../domain/job-spec.ts';
import { needsConsent, type ConnectionState } from '../domain/lifecycle.ts';
import { describeAll, describeParents, lacksObject } from './describe-objects.ts';
import { examinePicklists } from './examine-picklists.ts';
import { countRows, filterFindings, hiddenFields, keyFindings } from './examine-queries.ts';
import { named } from './named.ts';
import type { SalesforcePort, SyncPorts } from './sync-ports.ts';

export interface ExaminePorts extends Pick<SyncPorts, 'describeCache' | 'readColumns' | 'salesforce'> {
  readonly connection: (
    name: string,
  ) => Promise<{ readonly connectionId: string; readonly state: ConnectionState; readonly spec: ConnectionSpec }>;
  /** Names of all objects that the authorized user may see. */
  readonly listObjects: (connectionId: string, signal?: AbortSignal) => Promise<readonly string[]>;
}

export interface ExamineInput {
  readonly connection: string;
  /** As it would be; not what is deployed. */
  readonly spec: ConnectionSpec;
  /** Jobs whose rows are counted: a count of millions takes Salesforce a while. */
  readonly count: readonly string[];
}

export type ExamineActivities = ReturnType<typeof createExamineActivities>;

/** What all jobs of one examination share. */
interface Context extends ExamineInput {
  readonly ports: ExaminePorts;
  readonly api: SalesforcePort;
  readonly connectionId: string;
  readonly columns: ReadonlyMap<string, ColumnType>;
  readonly picklists: ReadonlySet<string>;
}

interface Examined {
  readonly findings: readonly Finding[];
  readonly examination?: JobExamination;
}

export const createExamineActivities = (ports: ExaminePorts) => ({
  /**
   * Checks a configuration against the org and the database, without changing either.
   *
   * Safe to repeat. Costs a describe for each object (304 when unchanged), a query for each filter, and for jobs to be counted one more.
   */
  examineConnection: (input: ExamineInput): Promise<Omit<Examination, 'revision' | 'state'>> =>
    named(async () => {
      const { connection, spec } = input;
      const { connectionId, state, spec: deployed } = await ports.connection(connection);
      const nothing = { findings: [], jobs: [] };
      if (state !== 'active')
        return {
          ...nothing,
          unexamined: `Connection "${connection}" is ${state.replaceAll('_', ' ')}, so nobody can ask its org.${needsConsent(state) ? ` Authorize it: mooring authorize ${connection}` : ''}`,
        };
      if (deployed.salesforce.apiVersion !== spec.salesforce.apiVersion)
        return { ...nothing, unexamined: 'The API version changes, so the org is described only after it is applied.' };
      const picklistJob = spec.jobs.find(({ kind, enabled }) => kind === 'picklist' && enabled);
      const { picklists = [], optionalPicklists = [] } = picklistJob?.source ?? {};
      const context: Context = {
        ...input,
        ports,
        api: ports.salesforce(connectionId, cancellationSignal()),
        connectionId,
        columns: await ports.readColumns(spec.schema),
        picklists: new Set([...picklists, ...optionalPicklists].map((path) => path.toLowerCase())),
      };
      const examined: Examined[] = [];
      for (const job of spec.jobs) {
        if (!job.enabled) continue;
        if (job.kind === 'picklist') examined.push({ findings: await examinePicklists(context, job) });
        else examined.push(await examineRows(context, job));
      }
      return {
        findings: examined.flatMap(({ findings }) => findings),
        jobs: examined.flatMap(({ examination }) => examination ?? []),
      };
    }),
});

async function examineRows(context: Context, job: JobSpec): Promise<Examined> {
  const { ports, api, connectionId, spec, columns, picklists } = context;
  const name = job.source.object ?? '';
  let describes: DescribedObject[];
  try {
    describes = (await describeAll(ports, api, connectionId, [name])).describes;
  } catch (error) {
    if (!lacksObject(error)) throw error;
    return { findings: [await unknownObject(context, job, name)] };
  }
  const [object] = describes;
  if (object === undefined) return { findings: [] };
  describes.push(...(await describeParents(ports, api, { connectionId, job }, object)));
  const findings = examineJob({
    connection: spec.name,
    job,
    describes,
    columns,
    hidden: await hiddenFields(api, job, object),
    picklists,
  });
  if (findings.some(({ severity }) => severity === 'error')) return { findings };
  const refused = await filterFindings(api, job, object);
  if (refused.length > 0) return { findings: [...findings, ...refused] };
  findings.push(...(await keyFindings(api, job, object)));
  const compiled = compiledOrFinding({
    job,
    schema: spec.schema,
    companyResolution: spec.companyResolution,
    describes,
    columns,
    upsertKeys: new Map(spec.jobs.map(({ target, upsertKey }) => [target.table, upsertKey])),
    mode: 'full',
  });
  if ('severity' in compiled) return { findings: [...findings, compiled] };
  const rows = context.count.includes(job.name) ? await countRows(api, job, object) : undefined;
  const size = rows === undefined ? {} : { size: { rows, apiCalls: estimateCalls(rows, job.extract) } };
  return { findings, examination: { job: job.name, compiled, ...size } };
}

/** What compiling refuses beside mappings, such as a company resolution by a field that Account lacks. */
function compiledOrFinding(input: CompileInput): CompiledJob | Finding {
  try {
    return compileJob(input);
  } catch (error) {
    if (!(error instanceof MooringError)) throw error;
    return { severity: 'error', job: input.job.name, path: [], message: error.message };
  }
}

async function unknownObject({ ports, connectionId }: Context, job: JobSpec, object: string): Promise<Finding> {
  const known = await ports.listObjects(connectionId, cancellationSignal());
  const message = `The org has no object ${quote(object)} that the authorized user may see.${didYouMean(object, known)}`;
  const at = { job: job.name, path: ['source', 'object'] };
  return job.source.optional === true
    ? { ...at, severity: 'notice', message: `${job.name} will be unavailable: ${message}` }
    : { ...at, severity: 'error', message };
}
