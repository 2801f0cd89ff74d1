/** A number of places for work; who finds all taken waits for one. */
export interface Slots {
  readonly use: <T>(work: () => Promise<T>) => Promise<T>;
}

export function createSlots(places: number): Slots {
  let free = places;
  const waiting: (() => void)[] = [];
  return {
    use: async (work) => {
      if (free > 0) free -= 1;
      else await new Promise<void>((next) => waiting.push(next));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next(); // the place passes on
      }
    },
  };
}
