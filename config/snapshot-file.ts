import { dirname, extname, join } from 'node:path';
import { Ajv } from 'ajv';
import type { DescribedField } from '../domain/describe.ts';
import { quote } from '../domain/did-you-mean.ts';
import { MooringError } from '../domain/errors.ts';
import { SNAPSHOT_VERSION, type Snapshot } from '../domain/snapshot.ts';

/** Where the snapshot of a folder lies, or of a file's folder; each environment has its own, since each has its own org. */
export function snapshotFile(path: string, environment?: string): string {
  const folder = /^\.ya?ml$/i.test(extname(path)) ? dirname(path) : path;
  return join(folder, environment === undefined ? 'snapshot.json' : `snapshot.${environment}.json`);
}

const WITHOUT_MEANING: ReadonlySet<unknown> = new Set([false, 0, null, undefined, '']);
/** A field without them is none; what else is empty is left out, as if the org had not said it. */
const ALWAYS: ReadonlySet<string> = new Set(['name', 'label', 'type', 'nillable']);

const withoutEmpty = (field: DescribedField): object =>
  Object.fromEntries(
    Object.entries(field).filter(
      ([key, value]: [string, unknown]) =>
        ALWAYS.has(key) || !(WITHOUT_MEANING.has(value) || (Array.isArray(value) && value.length === 0)),
    ),
  );

/** Kept on one line each, so that a review shows a field that changed as one line. */
const ON_ONE_LINE: ReadonlySet<string> = new Set(['fields', 'mappings']);

/** Returns a snapshot as the text of a file that is committed and reviewed. */
export function printSnapshot(snapshot: Snapshot): string {
  const lines: string[] = [];
  const text = JSON.stringify(
    snapshot,
    (key, value: unknown) =>
      ON_ONE_LINE.has(key) && Array.isArray(value)
        ? value.map((each: DescribedField) => {
            const line = JSON.stringify(key === 'fields' ? withoutEmpty(each) : each);
            return `\u0000${lines.push(line) - 1}`; // no text of an org or a file holds a zero byte
          })
        : value,
    2,
  );
  return `${text.replaceAll(/"\\u0000(\d+)"/g, (_, index: string) => lines[Number(index)] ?? '')}\n`;
}

const named = (properties: object, ...required: readonly string[]) => ({
  type: 'object',
  required: ['name', ...required],
  properties: { name: { type: 'string', minLength: 1 }, ...properties },
});
const list = (items: object) => ({ type: 'array', items });

/** As much as a plan relies on: the file may have been merged by hand. */
const isSnapshot = new Ajv().compile<Snapshot>({
  type: 'object',
  required: ['version', 'takenAt', 'connections'],
  properties: {
    version: { const: SNAPSHOT_VERSION },
    takenAt: { type: 'string' },
    connections: list(
      named(
        {
          revision: { type: 'integer' },
          state: { type: 'string' },
          spec: named({ jobs: list(named({})), chains: list(named({})) }, 'schema', 'salesforce', 'jobs', 'chains'),
          declaredIn: { type: 'object', required: ['repository', 'files'] },
          org: {
            type: 'object',
            required: ['apiVersion', 'objects', 'absent'],
            properties: {
              apiVersion: { type: 'string' },
              objects: list(named({ fields: list(named({ type: { type: 'string' } }, 'type')) }, 'fields')),
              absent: list({ type: 'string' }),
            },
          },
        },
        'revision',
        'state',
        'spec',
      ),
    ),
  },
});

/**
 * Reads the text of a snapshot.
 *
 * @param remedy - the command that writes it anew
 * @throws SNAPSHOT_UNUSABLE when it is none, or of another version of the format
 */
export function parseSnapshot(
  text: string,
  { file, remedy }: { readonly file: string; readonly remedy: string },
): Snapshot {
  const refuse = (why: string, cause?: unknown): never => {
    throw new MooringError('SNAPSHOT_UNUSABLE', `The snapshot ${quote(file)} ${why}. Take it anew: ${remedy}`, {
      cause,
    });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse('is not JSON; it may hold the marks of a merge', error);
  }
  const version: unknown =
    typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (version !== SNAPSHOT_VERSION)
    return refuse(`has the format ${quote(version ?? 'none')}, and this version of Mooring reads ${SNAPSHOT_VERSION}`);
  if (isSnapshot(value)) return value;
  const [problem] = isSnapshot.errors ?? [];
  return refuse(`is not as it was written: ${problem?.instancePath ?? ''} ${problem?.message ?? ''}`.trimEnd());
}
