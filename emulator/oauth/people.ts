import type { Pool } from 'pg';
import { identifier } from '../data/sql.ts';
import { admits, type HostRole } from './login-host.ts';
import type { Org, Orgs } from '../org.ts';

/** A user who is known by login or token. */
export interface Person {
  readonly org: Org;
  readonly userId: string;
  readonly username: string;
  /** Whether the org lets the user in: active and not frozen. */
  readonly isActive: boolean;
  readonly isFrozen: boolean;
}

/** Returns the user of an org, or `undefined` when it has none with this id. */
export async function findPerson(pool: Pool, org: Org, userId: string): Promise<Person | undefined> {
  const { rows } = await pool.query<{ username: string; active: boolean; frozen: boolean }>(
    `SELECT u."Username" AS username, u."IsActive" AS active,
       coalesce((SELECT bool_or(frozen) FROM emulator.login l WHERE l.org_id = $1 AND l.user_id = u."Id"), false) AS frozen
     FROM ${identifier(org.schema)}."User" u WHERE u."Id" = $2`,
    [org.id, userId],
  );
  const row = rows[0];
  return row && { org, userId, username: row.username, isActive: row.active, isFrozen: row.frozen };
}

interface Credentials {
  readonly username: string;
  /** API clients may append the security token. */
  readonly password: string;
  /** Where the login happens; absent: where everybody may. */
  readonly host?: HostRole;
}

/** Returns whom this name and password belong to: as on the login host, the name decides the org. */
export async function logIn(
  pool: Pool,
  orgs: Orgs,
  { username, password, host = { kind: 'any' } }: Credentials,
): Promise<Person | undefined> {
  const { rows } = await pool.query<{ org_id: string; user_id: string }>(
    'SELECT org_id, user_id FROM emulator.login WHERE username = lower($1) AND $2 IN (password, password || security_token)',
    [username.trim(), password],
  );
  const org = rows[0] && orgs.get(rows[0].org_id);
  if (rows[0] === undefined || org === undefined || !admits(host, org)) return undefined;
  const person = await findPerson(pool, org, rows[0].user_id);
  return person?.isActive === true && !person.isFrozen ? person : undefined;
}

/** Returns who is logged in in this browser. */
export async function personOfCookie(pool: Pool, orgs: Orgs, cookie: string | undefined): Promise<Person | undefined> {
  if (cookie === undefined) return undefined;
  const { rows } = await pool.query<{ org_id: string; user_id: string }>(
    'SELECT org_id, user_id FROM emulator.browser_session WHERE cookie = $1',
    [cookie],
  );
  const org = rows[0] && orgs.get(rows[0].org_id);
  return rows[0] === undefined || org === undefined ? undefined : findPerson(pool, org, rows[0].user_id);
}

/** Returns the time on the org's clock. */
export async function orgNow(pool: Pool, org: Org): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>(`SELECT ${identifier(org.schema)}.emulator_now() AS now`);
  return rows[0]?.now ?? new Date();
}
