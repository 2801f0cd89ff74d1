/** Work that goes on after its request was answered. */
export interface Background {
  /** Begins the work. It must look at the signal between its steps, and its failure is told to `onError`. */
  readonly start: (work: (signal: AbortSignal) => Promise<void>) => void;
  /** Signals all work to end, and waits until it has. */
  readonly stop: () => Promise<void>;
}

export function createBackground(onError: (error: unknown) => void): Background {
  const abort = new AbortController();
  const running = new Set<Promise<void>>();
  return {
    start: (work) => {
      const promise = work(abort.signal)
        .catch((error: unknown) => {
          if (!abort.signal.aborted) onError(error);
        })
        .finally(() => running.delete(promise));
      running.add(promise);
    },
    stop: async () => {
      abort.abort();
      await Promise.all(running);
    },
  };
}
