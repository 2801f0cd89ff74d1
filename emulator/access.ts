import type { Pool } from 'pg';
import type { FieldDefinition, ObjectDefinition } from './data/definition.ts';
import type { Org, UserAccess } from './org.ts';

const visibleField = (object: string, access: UserAccess, field: FieldDefinition): FieldDefinition[] => {
  const name = `${object}.${field.name.toLowerCase()}`;
  // Id is never hidden, nor what every row has.
  if (field.type !== 'id' && access.hidden.includes(name)) return [];
  return [access.readOnly.includes(name) ? { ...field, createable: false, updateable: false } : field];
};

/**
 * Returns the org as a user sees it: hidden objects and fields do not exist, as under field-level security, and read-only ones refuse
 * to be written. For most users it is the org itself.
 */
export function orgSeenBy(org: Org, userId: string): Org {
  const access = org.access.get(userId);
  if (access === undefined) return org;
  const objects = new Map<string, ObjectDefinition>();
  for (const [key, object] of org.objects) {
    if (access.hidden.includes(key)) continue;
    objects.set(key, { ...object, fields: object.fields.flatMap((field) => visibleField(key, access, field)) });
  }
  return { ...org, objects, ...(access.ownRowsOnly ? { ownRowsOf: userId } : {}) };
}

/** Stores what a user may not see; `undefined` lifts all of it. Every describe counts as changed. */
export async function saveAccess(pool: Pool, org: Org, userId: string, access: UserAccess | undefined): Promise<void> {
  if (access === undefined) {
    org.access.delete(userId);
    await pool.query('DELETE FROM emulator.user_access WHERE org_id = $1 AND user_id = $2', [org.id, userId]);
    return;
  }
  const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase());
  const stored = { ...access, hidden: lower(access.hidden), readOnly: lower(access.readOnly) };
  await pool.query(
    `INSERT INTO emulator.user_access (org_id, user_id, access) VALUES ($1, $2, $3)
     ON CONFLICT (org_id, user_id) DO UPDATE SET access = excluded.access`,
    [org.id, userId, JSON.stringify(stored)],
  );
  org.access.set(userId, stored);
}
