import { cancellationSignal } from '@temporalio/activity';
import type { Examination } from '../domain/examination.ts';
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
      const context: ExamineContext = {
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
      const described = await describeWanted(context, input.describe ?? []);
      return {
        findings: [...examined.flatMap(({ findings }) => findings), ...described.findings],
        ...(input.describe === undefined ? {} : { described: described.objects }),
        jobs: examined.flatMap(({ examination }) => examination ?? []),
      };
    }),
});
