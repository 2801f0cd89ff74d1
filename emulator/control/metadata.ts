import type { Pool } from 'pg';
import { columnSql, columnType } from '../data/column.ts';
import { findField, isStored, type FieldDefinition, type ObjectDefinition } from '../data/definition.ts';
import { orgProgramsSql } from '../data/org-programs-sql.ts';
import { identifier, literal } from '../data/sql.ts';
import { orgNow } from '../oauth/people.ts';
import type { Org } from '../org.ts';

/** A second later at least than before: the header that says when describe changed has no fractions. */
const laterThan = (now: Date, before: number | undefined): number => Math.max(now.getTime(), (before ?? 0) + 1000);

async function save(pool: Pool, org: Org, object: ObjectDefinition): Promise<void> {
  const key = object.name.toLowerCase();
  const changedAt = laterThan(await orgNow(pool, org), org.changedAt.get(key));
  await pool.query(
    'UPDATE emulator.object_definition SET definition = $3, changed_at = $4 WHERE org_id = $1 AND name = $2',
    [org.id, object.name, JSON.stringify(object), new Date(changedAt)],
  );
  org.objects.set(key, object);
  org.changedAt.set(key, changedAt);
  // Merges, cascades and roll-ups name fields.
  for (const sql of orgProgramsSql(org.schema, [...org.objects.values()])) await pool.query(sql);
}

/** Makes every describe count as changed: what one user sees of it did. */
export async function touchDescribes(pool: Pool, org: Org): Promise<void> {
  const now = await orgNow(pool, org);
  for (const [key, before] of org.changedAt) org.changedAt.set(key, laterThan(now, before));
}

const tableOf = (org: Org, object: ObjectDefinition): string => `${identifier(org.schema)}.${identifier(object.name)}`;

const replaceField = (object: ObjectDefinition, old: FieldDefinition, field: FieldDefinition): ObjectDefinition => ({
  ...object,
  fields: object.fields.map((other) => (other === old ? field : other)),
});

async function columnTypeOf(pool: Pool, org: Org, object: ObjectDefinition, name: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ type: string }>(
    `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attname = $2 AND NOT attisdropped`,
    [tableOf(org, object), name],
  );
  return rows[0]?.type;
}

const POSTGRES_NAMES: Readonly<Record<string, string>> = {
  'timestamptz(3)': 'timestamp(3) with time zone',
  'time(3)': 'time(3) without time zone',
};

/** Gives the field's column its type; values that the new type cannot hold are lost, as in an org. */
async function retype(pool: Pool, org: Org, object: ObjectDefinition, field: FieldDefinition): Promise<void> {
  const wanted = columnType(field.type);
  const bare = wanted.split(' ')[0] ?? wanted;
  const existing = await columnTypeOf(pool, org, object, field.name);
  if (existing === undefined || existing === (POSTGRES_NAMES[bare] ?? bare)) return;
  const column = identifier(field.name);
  const cast = `CASE WHEN pg_input_is_valid(${column}::text, ${literal(bare)}) THEN ${column}::text::${bare} END`;
  await pool.query(
    `ALTER TABLE ${tableOf(org, object)} ALTER COLUMN ${column} DROP DEFAULT, ALTER COLUMN ${column} DROP NOT NULL,
       ALTER COLUMN ${column} TYPE ${wanted} USING ${cast}`,
  );
}

/** Adds fields to an object, or replaces their definitions; a stored field gets its column, in its type. */
export async function putFields(
  pool: Pool,
  org: Org,
  object: ObjectDefinition,
  fields: readonly FieldDefinition[],
): Promise<void> {
  let changed = object;
  for (const field of fields) {
    if (isStored(field)) {
      // Rows have no value for a new field, whatever its definition says about empty ones.
      const column = columnSql(org.schema, object, { ...field, nillable: true });
      await pool.query(`ALTER TABLE ${tableOf(org, object)} ADD COLUMN IF NOT EXISTS ${column}`);
      await retype(pool, org, object, field);
    }
    const existing = findField(changed, field.name);
    changed =
      existing === undefined
        ? { ...changed, fields: [...changed.fields, field] }
        : replaceField(changed, existing, field);
  }
  await save(pool, org, changed);
}

/** Hides a field from describe and SOQL, as its deletion would; the column stays, as in an org it does for some days. */
export const removeField = (pool: Pool, org: Org, object: ObjectDefinition, name: string): Promise<void> =>
  save(pool, org, {
    ...object,
    fields: object.fields.filter((field) => field.name.toLowerCase() !== name.toLowerCase()),
  });

interface Rename {
  readonly object: ObjectDefinition;
  readonly field: FieldDefinition;
  readonly to: string;
}

/** Gives a field another API name, with its values; formulas and dependent fields follow. */
export async function renameField(pool: Pool, org: Org, { object, field, to }: Rename): Promise<void> {
  if (isStored(field)) {
    await pool.query(
      `ALTER TABLE ${tableOf(org, object)} RENAME COLUMN ${identifier(field.name)} TO ${identifier(to)}`,
    );
  }
  const follow = (other: FieldDefinition): FieldDefinition => ({
    ...other,
    ...(other.formulaSql === undefined
      ? {}
      : { formulaSql: other.formulaSql.replaceAll(`$"${field.name}"`, `$"${to}"`) }),
    ...(other.controllerName === field.name ? { controllerName: to } : {}),
    ...(other.compoundFieldName === field.name ? { compoundFieldName: to } : {}),
  });
  const renamed: FieldDefinition = {
    ...field,
    name: to,
    ...(field.relationshipName === undefined ? {} : { relationshipName: to.replace(/__c$/, '__r') }),
  };
  const fields = object.fields.map((other) => (other === field ? renamed : follow(other)));
  await save(pool, org, { ...object, fields });
}

interface RenameValue {
  readonly object: ObjectDefinition;
  readonly field: FieldDefinition;
  readonly from: string;
  readonly to: string;
}

/** Renames a picklist value in its definition and in all rows, whose stamps stay. Returns how many rows had it. */
export async function renamePicklistValue(
  pool: Pool,
  org: Org,
  { object, field, from, to }: RenameValue,
): Promise<number> {
  const picklistValues = (field.picklistValues ?? []).map((entry) =>
    entry.value === from ? { ...entry, value: to, label: to } : entry,
  );
  const column = identifier(field.name);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT set_config('emulator.touch', 'none', true)`);
    const { rowCount } = await client.query(
      `UPDATE ${tableOf(org, object)} SET ${column} = array_to_string(array_replace(string_to_array(${column}, ';'), $1, $2), ';')
       WHERE $1 = ANY(string_to_array(${column}, ';'))`,
      [from, to],
    );
    await client.query('COMMIT');
    await save(pool, org, replaceField(object, field, { ...field, picklistValues }));
    return rowCount ?? 0;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
