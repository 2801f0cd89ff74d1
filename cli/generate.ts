import { resolve } from 'node:path';
import { jobTemplate } from '../config/job-template.ts';
import { MooringError } from '../domain/errors.ts';
import { NAME_PATTERN } from '../domain/names.ts';
import { chooseConnection } from './choose-connection.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { withSystem } from './system.ts';
import { writeNew } from './write-new.ts';

interface GenerateOptions {
  readonly object: string;
  readonly connection?: string;
  readonly output?: string;
}

/** Writes a job with every field that the org describes. */
async function generate(
  name: string,
  { object, connection, output }: GenerateOptions,
  context: CliContext,
): Promise<number> {
  if (!new RegExp(NAME_PATTERN).test(name))
    throw new MooringError(
      'USAGE',
      `"${name}" is no name of a job. Use small letters, digits and hyphens, as in "opportunity-sync".`,
    );
  return withSystem(context, async (system) => {
    const { name: owner, spec } = await chooseConnection(system, connection);
    const answer = await system.mooring.examine(owner, { spec: { ...spec, jobs: [] }, count: [], describe: [object] });
    if (answer.unexamined !== undefined) throw new MooringError('REFUSED', answer.unexamined);
    const [described] = answer.described ?? [];
    if (described === undefined)
      throw new MooringError('SF_OBJECT_UNKNOWN', answer.findings[0]?.message ?? `The org has no object "${object}".`);
    const tables = spec.jobs.map(({ target }) => target.table);
    const text = jobTemplate({ name, connection: owner, object: described, tables });
    if (output === '-') {
      context.print(text.trimEnd());
      return EXIT.clean;
    }
    const file = resolve(context.cwd, output ?? `${name}.yaml`);
    await writeNew(file, text);
    context.print(
      `Wrote ${file} with ${described.fields.length} fields of ${described.name}. Edit it, then: mooring plan`,
    );
    return EXIT.clean;
  });
}

export const addGenerate: AddCommand = (program, context) => {
  program
    .command('generate')
    .description('Write a job for an object of the org, with all its fields, for editing.')
    .command('job')
    .description('Write a job for an object of the org, with all its fields, for editing.')
    .argument('<name>', 'of the job, as in opportunity-sync')
    .requiredOption('--object <object>', 'API name of the Salesforce object')
    .option('--connection <name>', 'the connection; may be left out where there is only one')
    .option('--output <file>', 'where to write; - prints. NAME.yaml when not said')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring generate job opportunity-sync --object Opportunity --output mooring/opportunity-sync.yaml',
    )
    .action(async (name: string, options: GenerateOptions) => context.exit(await generate(name, options, context)));
};
