import colors from 'picocolors';
import { createJobs } from '../adapters/postgres/jobs.ts';
import { pageStatements } from '../adapters/postgres/page-statements.ts';
import { MooringError } from '../domain/errors.ts';
import type { JobExamination } from '../domain/examination.ts';
import type { JobSpec } from '../domain/job-spec.ts';
import { mappingWords } from '../domain/mapping-words.ts';
import { scheduleWords } from '../domain/schedule-shape.ts';
import { chooseConnection } from './choose-connection.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { withSystem } from './system.ts';

interface ExplainOptions {
  readonly connection?: string;
  readonly sql?: true;
  readonly json?: true;
}

const NOBODY = { connectionId: '00000000-0000-0000-0000-000000000000', runId: '00000000-0000-0000-0000-000000000000' };

/** Shows what the next run of a job would ask and write. Reads only. */
async function explain(name: string, { connection, sql, json }: ExplainOptions, context: CliContext): Promise<number> {
  return withSystem(context, async (system) => {
    const { name: owner, spec } = await chooseConnection(system, connection);
    const { job, watermark } = await createJobs(system.pool).context(owner, name);
    const { unexamined, findings, jobs } = await system.mooring.examine(owner, {
      spec: { ...spec, jobs: spec.jobs.filter((each) => each.name === name) },
      count: [name],
      ...(watermark === undefined ? {} : { since: { [name]: watermark } }),
    });
    if (unexamined !== undefined) throw new MooringError('REFUSED', unexamined);
    const [examination] = jobs;
    if (json) context.print(JSON.stringify({ watermark, findings, ...examination }, undefined, 2));
    else {
      context.print(describe(job, watermark));
      for (const { severity, message } of findings) context.warn(`${severity}: ${message}`);
      if (examination) context.print(describeRun(examination, name, sql === true));
    }
    return findings.some(({ severity }) => severity === 'error') ? EXIT.failed : EXIT.clean;
  });
}

const heading = (text: string): string => `\n${colors.bold(text)}`;

function describe(job: JobSpec, watermark: string | undefined): string {
  const { title, source, target, mappings, upsertKey, schedule } = job;
  const window =
    job.kind === 'picklist'
      ? 'every run reads the describes of its objects'
      : watermark === undefined
        ? 'the next run is the first one and reads everything'
        : `the next run reads what has changed since ${watermark}`;
  return [
    `${colors.bold(title)}: ${source.object ?? 'picklists'} → ${target.table}, found again by ${upsertKey.join(', ')}`,
    `${schedule === undefined ? 'On demand, or by a chain' : scheduleWords(schedule)}; ${window}.`,
    heading('Mappings'),
    ...mappings.map((mapping) => `  ${mapping.target} ← ${mappingWords(mapping)}`),
  ].join('\n');
}

function describeRun({ compiled, size }: JobExamination, job: string, withSql: boolean): string {
  if (compiled === undefined) return '';
  const rows = size === undefined ? [] : [`A full read is about ${size.rows} rows in ${size.apiCalls} API calls.`];
  const left = compiled.dropped.map(({ target, reason }) => `  ${target}: ${reason}`);
  const { createStage, sequence } = pageStatements(compiled, { ...NOBODY, job });
  return [
    heading('SOQL'),
    ...compiled.readings.map(({ soql }) => soql),
    ...rows,
    ...(left.length === 0 ? [] : [heading('Left out in this org'), ...left]),
    ...(withSql
      ? [
          heading('SQL of each page, in one transaction'),
          `-- stage\n${createStage};`,
          ...sequence.map((each) => `-- ${each.name}\n${each.sql};`),
        ]
      : ['', colors.dim('--sql shows what a page does in PostgreSQL.')]),
  ].join('\n');
}

export const addExplain: AddCommand = (program, context) => {
  program
    .command('explain')
    .description('Show what the next run of a job would read and write: window, SOQL, SQL.')
    .command('job')
    .description('Show what the next run of a job would read and write: window, SOQL, SQL.')
    .argument('<name>', 'the job')
    .option('--connection <name>', 'the connection; may be left out where there is only one')
    .option('--sql', 'also the SQL of each page')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring explain job company-sync\n  $ mooring explain job company-sync --sql',
    )
    .action(async (name: string, options: ExplainOptions) => context.exit(await explain(name, options, context)));
};
