import { blocksOf, PAGES, proseOf } from './pages.ts';

/** A call of the `temporal` command as a page shows it. */
export interface DocumentedCommand {
  readonly page: string;
  /** What to paste into a shell: the call, the loop around it, and assignments that the block makes for it. */
  readonly text: string;
  /** The whole fenced block; the call itself when it stands in the prose. */
  readonly block: string;
}

/** Lines, but a loop is one, and so is a command that goes on after a backslash. */
const statementsOf = (block: string): string[] =>
  [...block.matchAll(/^for [^]*?^done$|^(?:.*\\\n)*.+$/gm)].map(([statement]) => statement);

function commandsOf(page: string, block: string): DocumentedCommand[] {
  const statements = statementsOf(block);
  return statements.flatMap((statement, at) => {
    if (!/^\s*temporal /m.test(statement)) return [];
    const assignments = statements.slice(0, at).filter((one) => /^\w+=/.test(one));
    return [{ page, text: [...assignments, statement].join('\n'), block }];
  });
}

/** Its commands follow each other, and a test of its own runs them all. */
const RUN_AS_A_WHOLE = 'docs/tutorial.md';

/** Every call of the `temporal` command in fenced blocks, and those in prose that have arguments. */
export const temporalCommands = (): DocumentedCommand[] =>
  PAGES.filter((page) => page !== RUN_AS_A_WHOLE).flatMap((page) => [
    ...['sh', 'bash'].flatMap((language) => blocksOf(page, language)).flatMap((block) => commandsOf(page, block)),
    ...[...proseOf(page).matchAll(/`(temporal [^`]* --[^`]*)`/g)].map(([, text = '']) => ({ page, text, block: text })),
  ]);
