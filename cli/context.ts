import type { Command } from 'commander';

/** What a command may touch besides its arguments; `main.ts` makes the real one. */
export interface CliContext {
  /** One line to standard output. */
  readonly print: (line: string) => void;
  /** One line to standard error. */
  readonly warn: (line: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether a person sees standard output as it is written: bars and colours make sense then. */
  readonly isTerminal: boolean;
  /** Asks the person at the keyboard; absent where nobody is: a pipe does not answer, and waiting for it could take for ever. */
  readonly ask?: (question: string) => Promise<string>;
  /** Resolves at the first Ctrl-C, SIGTERM or hang-up. */
  readonly interrupted: Promise<void>;
  /** Sets the exit status; the last one wins. */
  readonly exit: (status: number) => void;
}

/** Adds one subcommand. */
export type AddCommand = (program: Command, context: CliContext) => void;

/** Exit status: what a script needs to know without reading the text. */
export const EXIT = { clean: 0, failed: 1, changes: 2 } as const;
