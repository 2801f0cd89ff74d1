import type { Pool, PoolClient } from 'pg';
import { createCallCount } from '../call-count.ts';
import { DEFAULT_SIZES, type AppOptions, type OrgOptions } from '../contract.ts';
import type { Org, UserAccess } from '../org.ts';
import { recordId } from '../salesforce-id.ts';
import type { ObjectDefinition } from './definition.ts';
import { fillOrgStatements } from './generate/fill-org.ts';
import { loginsOf } from './logins.ts';
import type { Generation } from './generate/generation.ts';
import { hashText } from './generate/random-sql.ts';
import type { OrgFeatures } from './objects/org-objects.ts';
import { checksumFunctionSql, orgFunctionsSql } from './org-functions-sql.ts';
import { orgProgramsSql } from './org-programs-sql.ts';
import { personTriggersSql } from './person-accounts-sql.ts';
import { identifier } from './sql.ts';
import { standardObjects } from './standard-objects.ts';
import { finishTableSql, tableSql } from './table-sql.ts';

const ALL_SCOPES = ['api', 'refresh_token', 'offline_access', 'id', 'profile', 'email', 'openid', 'web', 'full'];
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const schemaName = (name: string): string => `org_${name.replaceAll('-', '_')}`;

/** Returns two characters that no other org of this database has in its ids. */
function chooseInstance(name: string, taken: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt += 1) {
    const hash = hashText(`${name}#${attempt}`);
    const instance = BASE62.charAt(hash % 62) + BASE62.charAt(Math.floor(hash / 62) % 62);
    if (!taken.has(instance)) return instance;
  }
}

function generationOf(options: OrgOptions, features: OrgFeatures, instance: string): Generation {
  const sizes = { ...DEFAULT_SIZES, ...options.sizes };
  return {
    orgName: options.name,
    isSandbox: options.isSandbox ?? false,
    orgId: recordId('00D', instance, 1 + (hashText(options.name) % 1_000_000)),
    instance,
    seed: options.seed ?? 1,
    // Those who log in are users 1, 2, ….
    sizes: { ...sizes, users: Math.max(sizes.users, loginsOf(options).length) },
    features,
    plantedBadRows: options.plantedBadRows ?? true,
    until: options.dataUntil ?? '2026-06-01T00:00:00.000Z',
  };
}

async function addLogins(client: PoolClient, options: OrgOptions, generation: Generation): Promise<void> {
  const table = `${identifier(schemaName(options.name))}."User"`;
  for (const [index, login] of loginsOf(options).entries()) {
    const userId = recordId('005', generation.instance, index + 1);
    await client.query(
      'INSERT INTO emulator.login (username, org_id, user_id, password, security_token) VALUES (lower($1), $2, $3, $4, $5)',
      [login.username, generation.orgId, userId, login.password, login.securityToken ?? ''],
    );
    await client.query(
      `UPDATE ${table} SET "Username" = $2, "Email" = $3, "FirstName" = coalesce($4, "FirstName"), "LastName" = coalesce($5, "LastName"),
         "IsActive" = true, "UserType" = 'Standard' WHERE "Id" = $1`,
      [userId, login.username, login.email ?? login.username, login.firstName ?? null, login.lastName ?? null],
    );
  }
}

/** Makes an org with all its rows, in one transaction: a half-made org is never seen. */
async function createOrg(client: PoolClient, options: OrgOptions): Promise<void> {
  const taken = await client.query<{ instance: string }>('SELECT instance FROM emulator.org');
  const features: OrgFeatures = {
    withRelationshipObjects: options.withRelationshipObjects ?? true,
    multiCurrency: options.multiCurrency ?? false,
    middleName: options.middleName ?? false,
    personAccounts: options.personAccounts ?? false,
  };
  const generation = generationOf(
    options,
    features,
    chooseInstance(options.name, new Set(taken.rows.map((row) => row.instance))),
  );
  const schema = schemaName(options.name);
  const objects = standardObjects(features);

  await client.query(`DROP SCHEMA IF EXISTS ${identifier(schema)} CASCADE; CREATE SCHEMA ${identifier(schema)}`);
  await client.query(checksumFunctionSql(schema));
  await client.query(orgFunctionsSql(schema, generation.instance, recordId('005', generation.instance, 1)));
  for (const object of objects) await client.query(tableSql(schema, object));
  for (const statement of fillOrgStatements(schema, generation, objects)) await client.query(statement);
  await client.query('INSERT INTO emulator.org (id, name, schema, instance) VALUES ($1, $2, $3, $4)', [
    generation.orgId,
    options.name,
    schema,
    generation.instance,
  ]);
  await addLogins(client, options, generation);
  for (const object of objects) await client.query(finishTableSql(schema, object));
  for (const sql of orgProgramsSql(schema, objects)) await client.query(sql);
  if (features.personAccounts) await client.query(personTriggersSql(schema));
  for (const [position, object] of objects.entries()) {
    await client.query(
      'INSERT INTO emulator.object_definition (org_id, name, position, definition) VALUES ($1, $2, $3, $4)',
      [generation.orgId, object.name, position, JSON.stringify(object)],
    );
  }
}

async function saveApp(client: PoolClient, orgId: string, app: AppOptions): Promise<void> {
  await client.query(
    `INSERT INTO emulator.app (client_id, client_secret, redirect_uris, pkce_required, rotation, scopes, org_id, client_credentials_user,
       canvas_url, certificate, pre_authorized)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (client_id) DO UPDATE SET client_secret = excluded.client_secret, pkce_required = excluded.pkce_required,
       rotation = excluded.rotation, scopes = excluded.scopes, client_credentials_user = excluded.client_credentials_user,
       certificate = excluded.certificate, pre_authorized = excluded.pre_authorized,
       canvas_url = coalesce(excluded.canvas_url, app.canvas_url),
       redirect_uris = ARRAY(SELECT DISTINCT unnest(app.redirect_uris || excluded.redirect_uris))`,
    [
      app.clientId,
      app.clientSecret ?? null,
      app.redirectUris,
      app.pkceRequired ?? app.clientSecret === undefined,
      app.rotation ?? false,
      app.scopes ?? ALL_SCOPES,
      orgId,
      app.clientCredentialsUser ?? null,
      app.canvasUrl ?? null,
      app.certificate ?? null,
      app.preAuthorized ?? false,
    ],
  );
}

/**
 * Returns the org, made and filled when the database does not have it. An existing org keeps its rows, whatever sizes the options say;
 * its apps are brought up to date.
 */
export async function openOrg(pool: Pool, options: OrgOptions): Promise<Org> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const known = await client.query('SELECT 1 FROM emulator.org WHERE name = $1', [options.name]);
    if (known.rowCount === 0) await createOrg(client, options);
    const row = (
      await client.query<{ id: string; schema: string; instance: string }>(
        'SELECT id, schema, instance FROM emulator.org WHERE name = $1',
        [options.name],
      )
    ).rows[0];
    if (row === undefined) throw new Error(`Org "${options.name}" vanished while it was being opened.`);
    for (const app of options.apps) await saveApp(client, row.id, app);
    const definitions = await client.query<{ name: string; definition: ObjectDefinition; changed: string }>(
      'SELECT name, definition, extract(epoch FROM changed_at) * 1000 AS changed FROM emulator.object_definition WHERE org_id = $1 ORDER BY position',
      [row.id],
    );
    const access = await client.query<{ user_id: string; access: UserAccess }>(
      'SELECT user_id, access FROM emulator.user_access WHERE org_id = $1',
      [row.id],
    );
    await client.query('COMMIT');
    return {
      ...row,
      name: options.name,
      sessionTimeoutMs: options.sessionTimeoutMs ?? 2 * 3_600_000, // an org's default
      isSandbox: options.isSandbox ?? false,
      passwordFlowBlocked: options.passwordFlowBlocked ?? false,
      isLocked: false,
      apps: options.apps,
      objects: new Map(definitions.rows.map(({ name, definition }) => [name.toLowerCase(), definition])),
      changedAt: new Map(definitions.rows.map(({ name, changed }) => [name.toLowerCase(), Number(changed)])),
      access: new Map(access.rows.map((one) => [one.user_id, one.access])),
      usage: { calls: createCallCount(), limit: options.dailyApiLimit ?? 100_000, concurrentLimit: 25, running: 0 },
    };
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
