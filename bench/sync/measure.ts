/** How often each pair of measurements is repeated; the middle one counts. */
export const PAIRS = Number(process.env['MOORING_BENCH_PAIRS'] ?? 5);

/** Share of the full sizes that a run measures: 1 is what the figures are promised for, 0.02 a quick look. */
export const SCALE = Number(process.env['MOORING_BENCH_SCALE'] ?? 1);

/** A number of rows at the scale of this run, in whole thousands where that is possible. */
export const scaled = (rows: number): number => Math.max(1_000, Math.round((rows * SCALE) / 1_000) * 1_000);

/** One figure: what came of it, and what was promised. */
export interface Figure {
  /** As the list of promises counts them, such as `1a`. */
  readonly id: string;
  readonly what: string;
  readonly values: readonly number[];
  /** At most, or at least. */
  readonly target: { readonly most: number } | { readonly least: number };
  readonly digits?: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Whether the middle value keeps the promise. */
const isKept = ({ values, target }: Figure): boolean =>
  'most' in target ? median(values) <= target.most : median(values) >= target.least;

/** One line: the middle value, from where to where the values went, the promise, and whether it is kept. */
export function lineOf(figure: Figure): string {
  const { id, what, values, target, digits = 2 } = figure;
  const show = (value: number): string => value.toFixed(digits);
  const spread = values.length > 1 ? ` (${show(Math.min(...values))} … ${show(Math.max(...values))})` : '';
  const promised = 'most' in target ? `≤ ${target.most}` : `≥ ${target.least}`;
  return `${id.padEnd(3)} ${what.padEnd(70)} ${`${show(median(values))}${spread}`.padEnd(26)} ${promised.padEnd(8)} ${isKept(figure) ? 'kept' : 'MISSED'}`;
}

/** What is worth knowing beside the figures, in absolute numbers of this machine. */
export const noteOf = (what: string, values: readonly number[], unit: string, digits = 1): string =>
  `    ${what}: ${median(values).toFixed(digits)} ${unit}${values.length > 1 ? ` (${Math.min(...values).toFixed(digits)} … ${Math.max(...values).toFixed(digits)})` : ''}`;

/** Seconds that work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Divides what two measurements came to, pair by pair. */
export const ratios = (above: readonly number[], below: readonly number[]): number[] =>
  above.map((value, index) => value / (below[index] ?? Number.NaN));
