/** A seeded source of choices: the same seed makes the same choices. Mulberry32. */
export function createRandom(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    below,
    chance: (share: number): boolean => next() < share,
    /** One of several; there must be one. */
    one<T>(from: readonly T[]): T {
      const picked = from[below(from.length)];
      if (picked === undefined) throw new Error('There is nothing to choose from.');
      return picked;
    },
    /** At most so many different ones. */
    some<T>(from: readonly T[], most: number): T[] {
      const left = [...from];
      return Array.from({ length: Math.min(most, left.length) }, () => left.splice(below(left.length), 1)).flat();
    },
  };
}

export type Random = ReturnType<typeof createRandom>;
