import { cancellationSignal } from '@temporalio/activity';
import type { Examination, Finding } from '../domain/examination.ts';
import { keptPicklists } from '../domain/examine-picklists.ts';
import { needsConsent } from '../domain/lifecycle.ts';
import { describeWanted } from './describe-wanted.ts';
import type { ExamineContext, ExamineInput, ExaminePorts } from './examine-context.ts';
import { examinePicklists } from './examine-picklists.ts';
import { examineRows, type Examined } from './examine-rows.ts';
import { named } from './named.ts';

export type ExamineActivities = ReturnType<typeof createExamineActivities>;

export const createExamineActivities = (ports: ExaminePorts) => ({
  /**
   * Checks a configuration against the org and the database, without changing either.
   *
   * Safe to repeat. Costs a list of API versions, a describe for each object (304 when unchanged), a query for each filter, and for jobs to be counted one more.
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
      const { apiVersion } = spec.salesforce;
      const unserved = await unservedVersion(ports, connectionId, apiVersion);
      if (unserved.length > 0) return { ...nothing, findings: unserved };
      const isNewVersion = deployed.salesforce.apiVersion !== apiVersion;
      const context: ExamineContext = {
        ...input,
        // Describes are kept for the version that is deployed: fields come and go with versions.
        ports: isNewVersion ? { ...ports, describeCache: NO_CACHE } : ports,
        api: ports.salesforce(connectionId, apiVersion, cancellationSignal()),
        connectionId,
        columns: await ports.readColumns(spec.schema),
        picklists: keptPicklists(spec),
      };
      const examined: Examined[] = [];
      for (const job of spec.jobs) {
        if (!job.enabled) continue;
        if (job.kind === 'picklist') examined.push({ findings: await examinePicklists(context, job) });
        else examined.push(await examineRows(context, job));
      }
      const described = await describeWanted(context, input.describe ?? []);
      return {
        findings: [...examined.flatMap(({ findings }) => findings), ...described.findings],
        ...(input.describe === undefined ? {} : { described: described.objects }),
        jobs: examined.flatMap(({ examination }) => examination ?? []),
      };
    }),
});

const NO_CACHE: ExaminePorts['describeCache'] = {
  get: () => Promise.resolve(undefined),
  put: () => Promise.resolve(),
};

/** An org answers for versions that it does not know as if it had no objects at all. */
async function unservedVersion(ports: ExaminePorts, connectionId: string, apiVersion: string): Promise<Finding[]> {
  const served = await ports.listVersions(connectionId, cancellationSignal());
  if (served.includes(apiVersion)) return [];
  const message = `The org does not serve API version "${apiVersion}". It serves "${served[0] ?? ''}" to "${served.at(-1) ?? ''}": use one of them.`;
  return [{ severity: 'error', job: '', path: ['salesforce', 'apiVersion'], message }];
}
