/**
 * Lets work happen one piece at a time, in the order in which it was asked for: handlers of a workflow interleave at every `await`,
 * and two changes of one connection must not.
 */
export function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    /** Runs `work` after everything asked for before, whether that succeeded or not. */
    take: async <T>(work: () => Promise<T>): Promise<T> => {
      waiting += 1;
      const turn = last.then(work, work);
      last = turn.catch(() => undefined);
      try {
        return await turn;
      } finally {
        waiting -= 1;
      }
    },
    idle: (): boolean => waiting === 0,
  };
}
