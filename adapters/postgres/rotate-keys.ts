import { MooringError } from '../../domain/errors.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { recordAudit } from './audit.ts';
import { assertKeyMatches } from './key-check.ts';
import { inTransaction, type Client, type Pool } from './pool.ts';
import { SEALED_TABLES, type SealedTable } from './sealed-columns.ts';

/** Rows looked up at a time; each is locked and written by itself. */
const BATCH = 500;

export interface KeyRotation {
  /** Rows that were moved to the current key, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Keys that nothing is encrypted under any more, and that were struck off. */
  readonly retired: readonly string[];
  /** Rows that their key does not open, as `table key`; they keep their key in use. */
  readonly unreadable: readonly string[];
  /** False when it was interrupted: what was moved stays moved, and the next rotation goes on from there. */
  readonly finished: boolean;
}

export interface RotateKeysOptions {
  readonly pool: Pool;
  /** The first key is the one to move to; the others open what was sealed before. */
  readonly keyring: Keyring;
  readonly actor: string;
  /** Asked to stop: the row in work is finished, no other is begun. */
  readonly signal?: AbortSignal | undefined;
}

/** SQL condition: some sealed value of the row is under another key than `$1`. */
const isBehind = ({ columns }: SealedTable): string =>
  columns.map(({ column }) => `split_part(${column}, '.', 2) <> $1`).join(' OR ');

/**
 * Re-encrypts every sealed value under the current key, row by row, then strikes off the keys that are in no row any more.
 *
 * Safe to repeat, to interrupt at any row and to run beside workers: a row is locked, read, opened and written in one short
 * transaction that changes neither its generation nor its lease, so a refresh that commits meanwhile keeps its token, whichever
 * of the two comes first. Values that a process with an old first key stores later are found by the next rotation.
 *
 * @throws KEY_WRONG, before anything is changed, when a key in use is not in the ring
 */
export async function rotateKeys({ pool, keyring, actor, signal }: RotateKeysOptions): Promise<KeyRotation> {
  await assertKeysAtHand(pool, keyring);
  // A key that was set by mistake and has encrypted nothing must not be needed for ever.
  await assertKeyMatches(pool, keyring, { mayLack: true });
  const rows: Record<string, number> = {};
  const unreadable = new Set<string>();
  const end = async (retired: readonly string[], finished: boolean): Promise<KeyRotation> => {
    const rotation = { rows, retired, unreadable: [...unreadable], finished };
    if (retired.length > 0 || Object.keys(rows).length > 0) await note(pool, keyring, actor, rotation);
    return rotation;
  };
  for (;;) {
    const moved = await moveAll({ pool, keyring, signal, rows, unreadable });
    if (signal?.aborted === true) return end([], false);
    const retired = await retireKeys(pool, keyring);
    // Something was stored under an old key while we worked, so once more; unless what is left cannot be read.
    if (retired !== undefined || moved === 0) return end(retired ?? [], true);
  }
}

/** A value under a key that nobody has would stop the rotation halfway: better said at its beginning. */
async function assertKeysAtHand(pool: Pool, keyring: Keyring): Promise<void> {
  for (const { table, columns } of SEALED_TABLES) {
    for (const { column } of columns) {
      const { rows } = await pool.query<{ key_id: string }>(
        `SELECT DISTINCT split_part(${column}, '.', 2) AS key_id FROM mooring.${table} WHERE ${column} IS NOT NULL`,
      );
      const unknown = rows.find(({ key_id: keyId }) => !keyring.keyIds.includes(keyId));
      if (unknown === undefined) continue;
      throw new MooringError(
        'KEY_WRONG',
        `MOORING_KEY does not hold the key "${unknown.key_id}", under which values in mooring.${table} are encrypted. Add it behind the current key, after a comma, and rotate again.`,
      );
    }
  }
}

interface Move {
  readonly pool: Pool;
  readonly keyring: Keyring;
  readonly signal: AbortSignal | undefined;
  readonly rows: Record<string, number>;
  readonly unreadable: Set<string>;
}

/** One pass over all tables; returns how many rows it moved. */
async function moveAll(move: Move): Promise<number> {
  let moved = 0;
  for (const table of SEALED_TABLES) {
    for await (const key of keysBehind(move, table)) {
      if (move.signal?.aborted === true) return moved;
      const result = await inTransaction(move.pool, (client) => moveRow(client, move.keyring, table, key));
      if (result === 'unreadable') move.unreadable.add(`mooring.${table.table} ${key}`);
      if (result !== 'moved') continue;
      moved += 1;
      move.rows[table.table] = (move.rows[table.table] ?? 0) + 1;
    }
  }
  return moved;
}

async function* keysBehind({ pool, keyring }: Move, table: SealedTable): AsyncGenerator<string> {
  let last: string | null = null;
  for (;;) {
    const { rows }: { rows: { key: string }[] } = await pool.query<{ key: string }>(
      `SELECT ${table.key}::text AS key FROM mooring.${table.table}
        WHERE (${isBehind(table)}) AND ($2::text IS NULL OR ${table.key}::text > $2) ORDER BY ${table.key}::text LIMIT ${BATCH}`,
      [keyring.currentKeyId, last],
    );
    for (const { key } of rows) yield key;
    last = rows.at(-1)?.key ?? null;
    if (last === null) return;
  }
}

/** Moves one row. It is read after it is locked, so that what is written back is what was stored last. */
async function moveRow(
  client: Client,
  keyring: Keyring,
  { table, key, columns }: SealedTable,
  id: string,
): Promise<'moved' | 'unreadable' | 'done'> {
  const { rows } = await client.query<Record<string, string | null>>(
    `SELECT connection_id::text AS owner, ${columns.map(({ column }) => column).join(', ')} FROM mooring.${table}
      WHERE ${key}::text = $1 FOR NO KEY UPDATE`,
    [id],
  );
  const [row] = rows;
  const behind = columns.filter(({ column }) => {
    const sealed = row?.[column];
    return typeof sealed === 'string' && keyring.keyIdOf(sealed) !== keyring.currentKeyId;
  });
  if (row === undefined || behind.length === 0) return 'done';
  const connectionId = row['owner'] ?? '';
  const resealed: string[] = [];
  for (const { column, purpose } of behind) {
    const context = { connectionId, purpose: purpose(id) };
    const plaintext = openOrUndefined(keyring, row[column] ?? '', context);
    if (plaintext === undefined) return 'unreadable';
    resealed.push(keyring.seal(plaintext, context));
  }
  const assignments = behind.map(({ column }, index) => `${column} = $${index + 2}`);
  await client.query(`UPDATE mooring.${table} SET ${assignments.join(', ')} WHERE ${key}::text = $1`, [
    id,
    ...resealed,
  ]);
  return 'moved';
}

function openOrUndefined(
  keyring: Keyring,
  sealed: string,
  context: { readonly connectionId: string; readonly purpose: string },
): string | undefined {
  try {
    return keyring.open(sealed, context);
  } catch (error) {
    if (error instanceof MooringError && error.code === 'KEY_WRONG') return undefined;
    throw error;
  }
}

/** Strikes off the keys that protect nothing and returns them; `undefined` while some row is still under one of them. */
const retireKeys = (pool: Pool, keyring: Keyring): Promise<string[] | undefined> =>
  inTransaction(pool, async (client) => {
    await client.query('LOCK TABLE mooring.key_check IN SHARE ROW EXCLUSIVE MODE');
    for (const table of SEALED_TABLES) {
      const { rowCount } = await client.query(`SELECT FROM mooring.${table.table} WHERE ${isBehind(table)} LIMIT 1`, [
        keyring.currentKeyId,
      ]);
      if (rowCount !== 0) return undefined;
    }
    const { rows } = await client.query<{ key_id: string }>(
      'DELETE FROM mooring.key_check WHERE key_id <> $1 RETURNING key_id',
      [keyring.currentKeyId],
    );
    return rows.map(({ key_id: keyId }) => keyId);
  });

const note = (pool: Pool, keyring: Keyring, actor: string, { rows, retired, finished }: KeyRotation): Promise<void> =>
  recordAudit(pool, {
    connectionId: null,
    actor,
    event: 'keys_rotated',
    details: { keyId: keyring.currentKeyId, ...rows, retired: retired.join(', '), finished },
  });
