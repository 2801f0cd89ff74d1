import type { Pool } from 'pg';
import { columnSql } from '../data/column.ts';
import { findField, isStored, type FieldDefinition, type ObjectDefinition } from '../data/definition.ts';
import { identifier } from '../data/sql.ts';
import type { Org } from '../org.ts';

async function save(pool: Pool, org: Org, object: ObjectDefinition): Promise<void> {
  const key = object.name.toLowerCase();
  await pool.query(
    'UPDATE emulator.object_definition SET definition = $3, changed_at = now() WHERE org_id = $1 AND name = $2',
    [org.id, object.name, JSON.stringify(object)],
  );
  org.objects.set(key, object);
  // A second later at least than before: the header that says so has no fractions.
  org.changedAt.set(key, Math.max(Date.now(), (org.changedAt.get(key) ?? 0) + 1000));
}

/** Adds a field to an object, or replaces its definition; a stored field gets its column. */
export async function putField(pool: Pool, org: Org, object: ObjectDefinition, field: FieldDefinition): Promise<void> {
  const existing = findField(object, field.name);
  const fields =
    existing === undefined
      ? [...object.fields, field]
      : object.fields.map((other) => (other === existing ? field : other));
  if (isStored(field)) {
    // Rows have no value for a new field, whatever its definition says about empty ones.
    const column = columnSql(org.schema, object, { ...field, nillable: true });
    await pool.query(
      `ALTER TABLE ${identifier(org.schema)}.${identifier(object.name)} ADD COLUMN IF NOT EXISTS ${column}`,
    );
  }
  await save(pool, org, { ...object, fields });
}

/** Hides a field from describe and SOQL, as its deletion or field-level security would; the column stays. */
export const removeField = (pool: Pool, org: Org, object: ObjectDefinition, name: string): Promise<void> =>
  save(pool, org, {
    ...object,
    fields: object.fields.filter((field) => field.name.toLowerCase() !== name.toLowerCase()),
  });
