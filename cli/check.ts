import { inReadingOrder, isError } from '../config/diagnostic.ts';
import { diskFiles } from '../config/find-files.ts';
import { loadConfig, type LoadedConfig } from '../config/load-config.ts';
import { DIAGNOSTIC_FORMATS, printDiagnostics, type DiagnosticFormat } from '../config/print-diagnostics.ts';
import { Option } from 'commander';
import { EXIT, type AddCommand, type CliContext } from './context.ts';

interface CheckOptions {
  readonly format: DiagnosticFormat;
  readonly env?: string;
}

/** Loads the files as they are without an environment and as they are in each; a problem that several have is told once. */
async function loadAll(paths: readonly string[]): Promise<Pick<LoadedConfig, 'connections' | 'diagnostics'>> {
  const base = await loadConfig(paths);
  const diagnostics = new Map(base.diagnostics.map((each) => [JSON.stringify(each), each]));
  for (const environment of base.environments) {
    const loaded = await loadConfig(paths, diskFiles, { environment });
    for (const each of loaded.diagnostics) diagnostics.set(JSON.stringify(each), each);
  }
  return { connections: base.connections, diagnostics: [...diagnostics.values()].sort(inReadingOrder) };
}

/** Prints every problem of the files; 0 when there is no error. */
async function check(
  paths: readonly string[],
  { format, env }: CheckOptions,
  { print, warn }: Pick<CliContext, 'print' | 'warn'>,
): Promise<number> {
  const { connections, diagnostics } = await (env === undefined
    ? loadAll(paths)
    : loadConfig(paths, diskFiles, { environment: env }));
  const text = printDiagnostics(diagnostics, format);
  const failed = diagnostics.some(isError);
  if (text !== '') (failed && format === 'text' ? warn : print)(text);
  if (!failed && format === 'text') {
    const jobs = connections.reduce((sum, { jobs: list }) => sum + list.length, 0);
    print(`${connections.length} connection${connections.length === 1 ? '' : 's'}, ${jobs} jobs: no errors.`);
  }
  return failed ? EXIT.failed : EXIT.clean;
}

export const addCheck: AddCommand = (program, context) => {
  program
    .command('check')
    .description('Check configuration files: syntax, keys, names, references. Touches no org and no database.')
    .argument('<path...>', 'files or folders of *.yaml')
    .addOption(
      new Option('--format <format>', 'how to print problems').choices([...DIAGNOSTIC_FORMATS]).default('text'),
    )
    .option('--env <environment>', 'as in this environment; without it, as in each')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring check mooring/\n  $ mooring check mooring/ --format github   # annotations in a pull request',
    )
    .action(async (paths: string[], options: CheckOptions) => context.exit(await check(paths, options, context)));
};
