import { after } from 'node:test';

/** Started by a test file that runs without test/run.ts, or opened for it; closed in reverse order when its tests are over. */
const closers: (() => Promise<void>)[] = [];

after(async () => {
  for (const close of closers.reverse()) await close();
});

export const whenTestsEnd = (close: () => Promise<void>): void => void closers.push(close);

/** Returns a function that does the work at the first call and gives every caller the same result. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}
