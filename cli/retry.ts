import type { AddCommand } from './context.ts';
import { runAndFollow } from './run.ts';

interface RetryOptions {
  readonly follow: boolean;
  readonly json?: true;
}

export const addRetry: AddCommand = (program, context) => {
  program
    .command('retry')
    .description('Read the rejects of a job again, by id, and load those that are in order now.')
    .argument('<name>', 'the connection')
    .argument('<job>', 'the job')
    .option('--no-follow', 'start and end')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExamples:\n  $ mooring retry acme company-sync')
    .action(async (name: string, job: string, options: RetryOptions) =>
      context.exit(await runAndFollow(name, { jobs: [job], mode: 'retry' }, options, context)),
    );
};
