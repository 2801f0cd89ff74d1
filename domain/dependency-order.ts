export interface Node {
  readonly name: string;
  readonly after: readonly string[];
}

/**
 * Returns the names that may start now: everything they come after is in `ended`.
 * Dependencies outside `nodes` do not hold a job back: a sync runs only what it was asked to run.
 */
export function ready(nodes: readonly Node[], started: ReadonlySet<string>, ended: ReadonlySet<string>): string[] {
  const present = new Set(nodes.map((node) => node.name));
  return nodes
    .filter(
      ({ name, after }) => !started.has(name) && after.every((before) => !present.has(before) || ended.has(before)),
    )
    .map((node) => node.name);
}

/** Returns the names of one cycle, first and last the same, or undefined when there is none. */
export function findCycle(nodes: readonly Node[]): string[] | undefined {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): string[] | undefined => {
    const start = path.indexOf(name);
    if (start >= 0) return [...path.slice(start), name];
    if (done.has(name)) return undefined;
    for (const before of byName.get(name)?.after ?? []) {
      const cycle = byName.has(before) ? visit(before, [...path, name]) : undefined;
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const { name } of nodes) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}
