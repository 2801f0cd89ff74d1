import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { checkOrg } from '../config/login-url.ts';
import { firstFolder } from '../config/first-folder.ts';
import { MooringError } from '../domain/errors.ts';
import { NAME_PATTERN } from '../domain/names.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { writeNew } from './write-new.ts';

interface InitOptions {
  readonly connection?: string;
  readonly org?: string;
}

/** Of a question: what somebody answers, else what most people want. */
async function answered({ ask }: CliContext, question: string, usual: string): Promise<string> {
  const answer = ((await ask?.(`${question} (${usual}): `)) ?? '').trim();
  return answer === '' ? usual : answer;
}

/** Writes the files that a team starts with; nothing that is there is overwritten. */
async function init(folder: string, options: InitOptions, context: CliContext): Promise<number> {
  const { cwd, print } = context;
  const connection = options.connection ?? (await answered(context, 'Name of the connection', 'acme'));
  if (!new RegExp(NAME_PATTERN).test(connection))
    throw new MooringError(
      'USAGE',
      `"${connection}" is no name of a connection. Use small letters, digits and hyphens, as in "acme".`,
    );
  const org =
    options.org ??
    (await answered(context, 'Org: production, sandbox, or the address of your My Domain', 'production'));
  const problem = checkOrg(org);
  if (problem?.severity === 'error') throw new MooringError('USAGE', problem.message);
  const name = relative(cwd, resolve(cwd, folder)).replaceAll('\\', '/');
  if (name === '' || name.startsWith('..'))
    throw new MooringError(
      'USAGE',
      `"${folder}" is not a folder below this one. Name one, as in: mooring init mooring`,
    );
  const files = firstFolder({ connection, org, folder: name }).map((file) => ({
    ...file,
    whole: join(cwd, file.path),
  }));
  for (const { path, whole } of files)
    if (await stat(whole).catch(() => undefined))
      throw new MooringError(
        'USAGE',
        `"${path}" is there already, and nothing is overwritten: init writes the first files only. Write what comes later as files of its own, or remove this one.`,
      );
  for (const { path, whole, text } of files) {
    await mkdir(dirname(whole), { recursive: true });
    await writeNew(whole, text);
    print(`wrote ${path}`);
  }
  print(`\nNext: mooring check ${name}/, then follow ${name}/README.md`);
  return EXIT.clean;
}

export const addInit: AddCommand = (program, context) => {
  program
    .command('init')
    .description(
      'Write the first files of a team: a connection, a README and a CI workflow that plans on pull requests.',
    )
    .argument('[folder]', 'for the configuration', 'mooring')
    .option('--connection <name>', 'name of the connection; asked when not said')
    .option('--org <org>', 'production, sandbox, or the address of a My Domain; asked when not said')
    .addHelpText('after', '\nExamples:\n  $ mooring init\n  $ mooring init mooring --connection acme --org sandbox')
    .action(async (folder: string, options: InitOptions) => context.exit(await init(folder, options, context)));
};
