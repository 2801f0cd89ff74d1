import { pointer, type Path } from './source-document.ts';

/**
 * Returns a copy of a plain value without what stands at the paths.
 *
 * An array loses all its items when one is faulty: the positions of the others in the file would no longer fit.
 */
export function withoutPaths(value: unknown, paths: readonly Path[]): unknown {
  const faulty = new Set(paths.map(pointer));
  const copy = (child: unknown, path: Path): unknown => {
    if (faulty.has(pointer(path))) return undefined;
    if (Array.isArray(child)) {
      const items = child.map((item, index) => copy(item, [...path, index]));
      return items.includes(undefined) ? undefined : items;
    }
    if (typeof child !== 'object' || child === null) return child;
    const entries = Object.entries(child).map(([key, each]): [string, unknown] => [key, copy(each, [...path, key])]);
    return Object.fromEntries(entries.filter(([, each]) => each !== undefined));
  };
  return faulty.size === 0 ? value : copy(value, []);
}
