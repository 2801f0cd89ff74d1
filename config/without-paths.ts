import type { Path } from './source-document.ts';

/**
 * Returns a copy of a plain value without what stands at the paths.
 *
 * An array loses all its items when one is faulty: the positions of the others in the file would no longer fit.
 */
export function withoutPaths(value: unknown, paths: readonly Path[]): unknown {
  return paths.reduce((rest, path) => without(rest, path), value);
}

function without(value: unknown, path: Path): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return undefined;
  if (Array.isArray(value)) return undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return value;
  const entries = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    if (key !== String(step)) return [[key, child]];
    const left = without(child, rest);
    return left === undefined ? [] : [[key, left]];
  });
  return Object.fromEntries(entries);
}
