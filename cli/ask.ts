import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

/** Asks a person and returns what was typed; empty when nobody is there to answer. */
export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await Promise.race([terminal.question(question), once(terminal, 'close').then(() => '')]);
  } finally {
    terminal.close();
  }
}
