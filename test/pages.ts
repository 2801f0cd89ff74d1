import { Readable } from 'node:stream';
import type { PageContent } from '../adapters/postgres/page-stage.ts';
import type { CompiledJob } from '../domain/compiled-job.ts';
import { toId18 } from '../domain/salesforce-ids.ts';

/** A source row: path → what Salesforce's CSV says. What is left out or null is empty. */
export type SourceRow = Readonly<Record<string, string | null>>;

/** A valid Salesforce id of 18 characters: `sfid('001', 7)`. */
export const sfid = (prefix: string, number: number): string =>
  toId18(`${prefix}xx${number.toString(36).padStart(10, '0')}`) ?? '';

/** An instant so many minutes after a fixed one, as a Bulk page writes it. */
export const at = (minutes: number): string =>
  new Date(Date.parse('2026-01-05T10:00:00.000Z') + minutes * 60_000).toISOString();

const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

/** A Bulk result page: everything in quotes, empty for null, LF between records. */
export const csvText = (paths: readonly string[], rows: readonly SourceRow[]): string =>
  [paths, ...rows.map((row) => paths.map((path) => row[path] ?? ''))]
    .map((values) => `${values.map(quoted).join(',')}\n`)
    .join('');

const BARE: ReadonlySet<string> = new Set(['boolean', 'int', 'long', 'double', 'currency', 'percent']);

/** The same value as REST writes it: numbers and booleans bare, instants with an offset. */
function jsonValue(value: string | null | undefined, sourceType: string | undefined): string {
  if (value === undefined || value === null) return 'null';
  if (sourceType !== undefined && BARE.has(sourceType)) return value;
  if (sourceType === 'datetime') return JSON.stringify(value.replace(/Z$/, '+0000'));
  return JSON.stringify(value);
}

interface Tree {
  [step: string]: Tree | string;
}

const printed = (tree: Tree): string =>
  `{${Object.entries(tree)
    .map(([step, value]) => `${JSON.stringify(step)}:${typeof value === 'string' ? value : printed(value)}`)
    .join(',')}}`;

/** A REST answer: parents as nested objects. */
function jsonText(plan: CompiledJob, rows: readonly SourceRow[]): string {
  const pairs = plan.lookups.flatMap((lookup) => lookup.pairs);
  const types = new Map(
    [...plan.fields, ...plan.personFields, ...pairs].map(({ path, sourceType }) => [path, sourceType]),
  );
  if (plan.stampField !== undefined) types.set(plan.stampField, 'datetime');
  types.set('IsDeleted', 'boolean');
  const records = rows.map((row) => {
    const tree: Tree = { attributes: { type: JSON.stringify(plan.object) } };
    for (const path of plan.paths) {
      const steps = path.split('.');
      const last = steps.pop() ?? '';
      let place = tree;
      for (const step of steps) place = (place[step] ??= {}) as Tree;
      place[last] = jsonValue(row[path], types.get(path));
    }
    return printed(tree);
  });
  return `{"totalSize":${rows.length},"done":true,"records":[${records.join(',')}]}`;
}

export type PageFormat = 'csv' | 'json';

/** A Bulk page of these bytes, that can be opened as often as asked for. */
export const csvPage = (bytes: string | Buffer, expectedRows?: number): PageContent => ({
  format: 'csv',
  open: async () => ({
    bytes: Readable.from([Buffer.from(bytes)]),
    ...(expectedRows === undefined ? {} : { expectedRows }),
  }),
});

export const pageOf = (plan: CompiledJob, rows: readonly SourceRow[], format: PageFormat): PageContent =>
  format === 'csv'
    ? csvPage(csvText(plan.paths, rows), rows.length)
    : { format, text: jsonText(plan, rows), expectedRows: rows.length };
