import { RUN_MODES, type RunMode } from './run.ts';
import type { Instant } from './window.ts';

/** How to run, as somebody asks for it. */
export interface ModeChoice {
  readonly mode?: RunMode;
  /** Of a backfill: from, inclusive, up to, exclusive. */
  readonly from?: Instant;
  readonly to?: Instant;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

const isInstant = (value: unknown): value is Instant =>
  typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value));

/**
 * Returns the sentence that says why nobody can run like this, or undefined. Instants end up in SOQL, so what is none goes no further.
 *
 * @param choice - as somebody typed it
 */
export function problemOfChoice({ mode, from, to }: Readonly<Record<string, unknown>>): string | undefined {
  const modes = RUN_MODES.map((name) => `"${name}"`).join(', ');
  if (mode !== undefined && !RUN_MODES.some((name) => name === mode))
    return `"mode" is one of ${modes}, not ${JSON.stringify(mode)}.`;
  for (const [key, value] of Object.entries({ from, to }))
    if (value !== undefined && !isInstant(value))
      return `"${key}" is an instant in UTC, as "2026-01-05T10:00:00Z", not ${JSON.stringify(value)}.`;
  if (mode !== 'backfill')
    return from === undefined && to === undefined ? undefined : '"from" and "to" belong to the mode "backfill".';
  if (from === undefined) return 'The mode "backfill" needs "from", the instant that it begins at.';
  if (isInstant(from) && isInstant(to) && Date.parse(from) >= Date.parse(to)) return '"from" comes before "to".';
  return undefined;
}
