import { loadConfig } from '../config/load-config.ts';
import { isError } from '../config/diagnostic.ts';
import { DIAGNOSTIC_FORMATS, printDiagnostics, type DiagnosticFormat } from '../config/print-diagnostics.ts';
import { Option } from 'commander';
import { EXIT, type AddCommand, type CliContext } from './context.ts';

/** Prints every problem of the files; 0 when there is no error. */
async function check(
  paths: readonly string[],
  format: DiagnosticFormat,
  { print, warn }: Pick<CliContext, 'print' | 'warn'>,
): Promise<number> {
  const { connections, diagnostics } = await loadConfig(paths);
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
    .addHelpText(
      'after',
      '\nExamples:\n  $ mooring check mooring/\n  $ mooring check mooring/ --format github   # annotations in a pull request',
    )
    .action(async (paths: string[], { format }: { format: DiagnosticFormat }) =>
      context.exit(await check(paths, format, context)),
    );
};
