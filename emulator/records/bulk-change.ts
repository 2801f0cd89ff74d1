import type { PoolClient } from 'pg';
import { ApiError } from '../api-error.ts';
import type { FieldDefinition, ObjectDefinition } from '../data/definition.ts';
import { MESSAGES } from '../error-strings.ts';
import type { Org } from '../org.ts';
import { normalizeId } from '../salesforce-id.ts';
import type { RecordBody } from './record-values.ts';
import { createRecordWriter, keyFieldOrThrow, upsertRecord, type RecordWriter } from './record-writer.ts';
import { saveEach, type SaveResult } from './save-result.ts';

export const BULK_CHANGES = ['insert', 'update', 'upsert', 'delete', 'hardDelete'] as const;
export type BulkChangeKind = (typeof BULK_CHANGES)[number];

export interface BulkChange {
  readonly org: Org;
  readonly object: ObjectDefinition;
  readonly kind: BulkChangeKind;
  /** The external id of an upsert. */
  readonly key: FieldDefinition | undefined;
}

/** Records of one transaction, as an org's triggers see them. */
export const RECORDS_PER_TRANSACTION = 200;

/** What a CSV writes where a value shall become empty; an empty value leaves the field as it is. */
const NULL_MARK = '#N/A';

/** Returns the body that a CSV record stands for: `Owner.Username` names a parent by its key, empty values change nothing. */
export function bodyOfCsv(header: readonly string[], values: readonly string[]): RecordBody {
  const body: Record<string, unknown> = {};
  for (const [index, name] of header.entries()) {
    const text = values[index] ?? '';
    if (text === '') continue;
    const value = text === NULL_MARK ? null : text;
    const [parent = '', key] = name.split('.');
    body[parent] = key === undefined ? value : { [key]: value };
  }
  return body;
}

function valueOf(body: RecordBody, name: string): string | undefined {
  const value = Object.entries(body).find(([given]) => given.toLowerCase() === name.toLowerCase())?.[1];
  return typeof value === 'string' ? value : undefined;
}

function idOf(body: RecordBody): string {
  const text = valueOf(body, 'Id') ?? '';
  if (text === '') throw new ApiError(400, 'MISSING_ARGUMENT', MESSAGES.noId);
  const id = normalizeId(text);
  if (id === undefined)
    throw new ApiError(400, 'MALFORMED_ID', `Record ID: id value of incorrect type: ${text}`, ['Id']);
  return id;
}

async function changeOne(writer: RecordWriter, change: BulkChange, body: RecordBody): Promise<SaveResult> {
  const { object, kind, key } = change;
  const done = { success: true, errors: [] };
  switch (kind) {
    case 'insert':
      return { id: await writer.insert(object, body), created: true, ...done };
    case 'update': {
      const id = idOf(body);
      await writer.update(object, id, body, ['id']);
      return { id, created: false, ...done };
    }
    case 'upsert': {
      const value = key === undefined ? undefined : valueOf(body, key.name);
      if (key === undefined || value === undefined)
        throw new ApiError(400, 'MISSING_ARGUMENT', MESSAGES.noKey(key?.name ?? 'External ID'));
      return { ...(await upsertRecord(writer, object, { key, value, body })), ...done };
    }
    case 'delete':
    case 'hardDelete': {
      const id = idOf(body);
      await (kind === 'delete' ? writer.remove(object, id) : writer.purge(object, id));
      return { id, created: false, ...done };
    }
  }
}

/** Changes the records one by one inside the client's transaction; each ends by itself. */
export function changeRecords(
  client: PoolClient,
  change: BulkChange,
  bodies: readonly RecordBody[],
): Promise<SaveResult[]> {
  const writer = createRecordWriter(client, change.org);
  return saveEach(bodies, (body) => changeOne(writer, change, body));
}

/**
 * Checks the names that the records of a batch use, all of them before the first record is touched.
 *
 * @throws ApiError InvalidBatch for a field that the object has not, and where a deletion brings more than ids
 */
export function assertBatchFields({ object, kind }: BulkChange, names: readonly string[]): void {
  for (const name of names) {
    const [first = ''] = name.split('.');
    const known = object.fields.some(({ name: field, relationshipName: way }) =>
      [field, way].some((one) => one?.toLowerCase() === first.toLowerCase()),
    );
    if (!known) throw new ApiError(400, 'InvalidBatch', MESSAGES.noSuchFieldInBatch(name));
  }
  if ((kind === 'delete' || kind === 'hardDelete') && names.some((name) => name.toLowerCase() !== 'id'))
    throw new ApiError(400, 'InvalidBatch', MESSAGES.onlyIds(kind));
}

/** Returns the key of an upsert. @throws ApiError when the object cannot be upserted by it */
export function upsertKey(
  object: ObjectDefinition,
  kind: BulkChangeKind,
  name: string | undefined,
): FieldDefinition | undefined {
  if (kind !== 'upsert') return undefined;
  if (name === undefined || name === '')
    throw new ApiError(400, 'INVALIDJOB', 'External ID was blank for Upsert operation.');
  return name.toLowerCase() === 'id'
    ? object.fields.find((field) => field.type === 'id')
    : keyFieldOrThrow(object, name);
}
