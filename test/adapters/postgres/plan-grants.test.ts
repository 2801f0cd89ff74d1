import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import pg from 'pg';
import { alterTable } from '../../../adapters/postgres/alter-tables.ts';
import { inRolledBackTransaction } from '../../../adapters/postgres/pool.ts';
import { planGrants, readGrants, type GrantInput } from '../../../adapters/postgres/plan-grants.ts';
import type { ConnectionSpec } from '../../../domain/connection-spec.ts';
import { MODEL_TABLES } from '../../../domain/model-tables.ts';
import { connectionSpec, customJob, field } from '../../jobs.ts';
import { createModelDatabase } from '../../sync-engine.ts';
import { whenTestsEnd } from '../../support/when-tests-end.ts';

const { pool } = await createModelDatabase();
const made: string[] = [];
whenTestsEnd(async () => {
  for (const role of made) await pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
});

/** Roles belong to the whole server, so each has a name of its own; not one that works without quotes. */
async function role(): Promise<string> {
  const name = `Reader ${randomUUID().slice(0, 8)}.x`;
  await pool.query(`CREATE ROLE ${pg.escapeIdentifier(name)}`);
  made.unshift(pg.escapeIdentifier(name));
  return name;
}

const lead = customJob('Lead', [field('sfid', 'Id')]);
const spec = (grants: readonly string[], rest: Partial<ConnectionSpec> = {}): ConnectionSpec =>
  connectionSpec('acme', [lead], { grants, ...rest });

const plan = async (desired: ConnectionSpec, rest: Partial<GrantInput> = {}) =>
  planGrants(
    { desired, others: [], created: new Set(), ...rest },
    await readGrants(pool, [desired, ...(rest.deployed ? [rest.deployed] : [])]),
  );
async function apply(desired: ConnectionSpec, rest: Partial<GrantInput> = {}): Promise<string[]> {
  const { changes } = await plan(desired, rest);
  for (const { ddl } of changes) await alterTable(pool, ddl ?? assert.fail());
  return changes.map(({ action, name, before, after }) => `${action} ${name}: ${before ?? after ?? ''}`);
}
const mayRead = (reader: string, table: string): Promise<boolean> =>
  inRolledBackTransaction(pool, async (client) => {
    await client.query(`SET LOCAL ROLE ${pg.escapeIdentifier(reader)}`);
    return client.query(`SELECT FROM model.${table}`).then(
      () => true,
      () => false,
    );
  });

test('a role gets the model once, and can read it', async () => {
  const reader = await role();
  assert.equal(await mayRead(reader, 'company'), false);
  assert.deepEqual(await apply(spec([reader])), [`create ${reader}: reads ${MODEL_TABLES.length} tables of model`]);
  assert.equal(await mayRead(reader, 'company'), true);
  assert.deepEqual(await plan(spec([reader])), { changes: [], problems: [] });
});

test('a role that does not exist is named with its place, and the others are granted', async () => {
  const reader = await role();
  const { changes, problems } = await plan(spec(['Nobody.x', reader]));
  assert.deepEqual(
    changes.map(({ name }) => name),
    [reader],
  );
  assert.deepEqual(problems, [
    {
      index: 0,
      message:
        'PostgreSQL has no role "Nobody.x", so nothing can be granted to it. Make it (CREATE ROLE "Nobody.x"), or remove it from "grants".',
    },
  ]);
});

test('the table of a job is granted when it is there or about to be made, and no table of anybody else', async () => {
  const reader = await role();
  await apply(spec([reader]));
  assert.deepEqual((await plan(spec([reader]))).changes, [], 'a worker will make it');
  const [change] = (await plan(spec([reader]), { created: new Set(['lead']) })).changes;
  assert.equal(change?.ddl, `GRANT SELECT ON "model"."lead" TO "${reader}"`);
  await pool.query('CREATE TABLE model.lead (id uuid); CREATE TABLE model.secret (id uuid)');
  assert.deepEqual(await apply(spec([reader])), [`create ${reader}: reads model.lead`]);
  assert.deepEqual([await mayRead(reader, 'lead'), await mayRead(reader, 'secret')], [true, false]);
  assert.deepEqual((await plan(spec([reader]))).changes, []);
});

test('a schema that is not there yet is planned whole', async () => {
  const reader = await role();
  const { changes } = await plan(spec([reader], { schema: 'not_yet' }));
  assert.match(changes[0]?.ddl ?? '', /^GRANT USAGE ON SCHEMA "not_yet" .*;\nGRANT SELECT ON "not_yet"\."app_user", /);
});

test('what a role reads as a member is not granted again', async () => {
  const [reader, member] = [await role(), await role()];
  await apply(spec([reader]));
  await pool.query(`GRANT ${pg.escapeIdentifier(reader)} TO ${pg.escapeIdentifier(member)}`);
  assert.deepEqual((await plan(spec([member]))).changes, []);
});

test('a role that left the list loses what it was granted, unless another connection lets it read', async () => {
  const reader = await role();
  await apply(spec([reader]));
  const deployed = spec([reader]);
  const other = connectionSpec('other', [], { grants: [reader] });
  assert.deepEqual(
    (await plan(spec([]), { deployed, others: [other] })).changes.map(({ ddl }) => ddl),
    [`REVOKE SELECT ON "model"."lead" FROM "${reader}"`],
    'its own table, and not the model',
  );
  assert.deepEqual(await apply(spec([]), { deployed, others: [{ ...other, schema: 'elsewhere' }] }), [
    `delete ${reader}: reads ${MODEL_TABLES.length + 1} tables of model`,
  ]);
  assert.equal(await mayRead(reader, 'company'), false);
  assert.deepEqual((await plan(spec([]), { deployed })).changes, [], 'and once only');
});

test('a table of somebody else, which we may not grant, is named with what its owner has to run', async () => {
  const [owner, us, reader] = [await role(), await role(), await role()];
  const as = (name: string): string => pg.escapeIdentifier(name);
  await apply(spec([reader]));
  await pool.query(`GRANT USAGE, CREATE ON SCHEMA model TO ${as(owner)}, ${as(us)}; GRANT SELECT ON ALL TABLES IN SCHEMA model TO ${as(us)};
    CREATE TABLE model.foreign_lead (id uuid); ALTER TABLE model.foreign_lead OWNER TO ${as(owner)}`);
  const job = customJob('Lead', [field('sfid', 'Id')], { target: { table: 'foreign_lead' } });
  const desired = connectionSpec('acme', [job], { grants: [reader] });
  const facts = await inRolledBackTransaction(pool, async (client) => {
    await client.query(`SET LOCAL ROLE ${as(us)}`);
    return readGrants(client, [desired]);
  });
  const { changes, problems } = planGrants({ desired, others: [], created: new Set() }, facts);
  assert.deepEqual(changes, []);
  assert.deepEqual(
    problems.map(({ message }) => message),
    [
      `The role of DATABASE_URL may not let others read "model"."foreign_lead". Run as who owns it: GRANT SELECT ON "model"."foreign_lead" TO "${reader}"`,
    ],
  );
});

test('two who grant at the same moment do not stand in each other’s way', async () => {
  const readers = await Promise.all(Array.from({ length: 8 }, role));
  await Promise.all(readers.map((reader) => apply(spec([reader]))));
  assert.deepEqual((await plan(spec(readers))).changes, []);
});
