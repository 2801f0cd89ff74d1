import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import jsforce from 'jsforce';
import type { ClientSetup } from '../client-setup.ts';

export const SETUP = JSON.parse(process.env['CLIENT_SETUP'] ?? '{}') as ClientSetup;
export const VERSION = '62.0';

export type Row = Readonly<Record<string, unknown>>;
export type Connection = InstanceType<typeof jsforce.Connection>;

export interface Scenario {
  readonly name: string;
  readonly work: () => Promise<void>;
}

async function post<T>(url: string, body: unknown): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, text);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Rows of the org's own storage. */
export const truth = <T = Row>(sql: string, ...parameters: readonly unknown[]): Promise<T[]> =>
  post<T[]>(SETUP.truthUrl, { sql, parameters });

/** Moves the emulator from outside: faults, expired sessions, limits. */
export const control = (path: string, body: unknown = {}): Promise<unknown> =>
  post(`${SETUP.url}/__emulator${path}`, body);

export const expireSessions = (): Promise<unknown> => control('/orgs/acme/expire-sessions');

/** Fields of Account that a hash is made of, with how the storage writes each. */
const FIELDS: Readonly<Record<string, string>> = {
  Name: '"Name"',
  Description: '"Description"',
  Short_Note__c: '"Short_Note__c"',
  External_Key__c: '"External_Key__c"',
  NumberOfEmployees: '"NumberOfEmployees"::text',
  AnnualRevenue: 'trim_scale("AnnualRevenue")::text',
  Strategic__c: '"Strategic__c"::text',
  Renewal_Date__c: '"Renewal_Date__c"::text',
  SystemModstamp: '((extract(epoch FROM "SystemModstamp") * 1000)::bigint)::text',
};
export const SELECT_FIELDS = `SELECT Id, ${Object.keys(FIELDS).join(', ')} FROM Account`;

/** A hash of every account by its id, made by the storage. */
export async function truthHashes(condition = 'NOT "IsDeleted"'): Promise<Map<string, string>> {
  const values = Object.values(FIELDS).map((sql) => `coalesce(${sql}, E'\\x02')`);
  const rows = await truth<{ id: string; hash: string }>(
    `SELECT "Id" AS id, md5(${values.join(` || E'\\x1f' || `)}) AS hash FROM "Account" WHERE ${condition}`,
  );
  return new Map(rows.map(({ id, hash }) => [id, hash]));
}

/** A value as every API shows it in its own way, in the one way that is hashed. */
function canonical(name: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '\u0002';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (name === 'SystemModstamp') return String(Date.parse(text));
  return name === 'AnnualRevenue' ? text.replace(/\.0+$/, '') : text;
}

/** A hash of every record by its id, made of what the client got; an id that comes twice is a failure. */
export function hashes(records: readonly Row[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const record of records) {
    const id = String(record['Id']);
    assert.ok(!found.has(id), `${id} came twice`);
    const text = Object.keys(FIELDS).map((name) => canonical(name, record[name]));
    found.set(id, createHash('md5').update(text.join('\u001f')).digest('hex'));
  }
  return found;
}

/** Fails with the first differences, not with all of two large collections. */
export function sameRows(found: Map<string, string>, expected: Map<string, string>): void {
  const missing = [...expected.keys()].filter((id) => !found.has(id));
  const extra = [...found.keys()].filter((id) => !expected.has(id));
  const other = [...expected].filter(([id, hash]) => found.has(id) && found.get(id) !== hash).map(([id]) => id);
  const first = (ids: readonly string[]): string => ids.slice(0, 3).join(', ');
  assert.ok(
    missing.length + extra.length + other.length === 0,
    `${missing.length} missing (${first(missing)}), ${extra.length} too many (${first(extra)}), ${other.length} different (${first(other)})`,
  );
}

export const newConnection = (): Connection => new jsforce.Connection({ loginUrl: SETUP.url, version: VERSION });

/** A connection that logged in by SOAP. */
export async function connect(): Promise<Connection> {
  const connection = newConnection();
  await connection.login(SETUP.user.username, SETUP.user.password + SETUP.user.securityToken);
  return connection;
}

let shared: Promise<Connection> | undefined;
/** One connection for what has nothing to do with sessions. */
export const sharedConnection = (): Promise<Connection> => (shared ??= connect());
/** Lets go of it, once its session has ended. */
export const forgetConnection = (): void => {
  shared = undefined;
};

export async function countUsers(connection: Connection): Promise<void> {
  const { totalSize } = await connection.query('SELECT COUNT() FROM User');
  const [row] = await truth<{ n: number }>('SELECT count(*)::int AS n FROM "User"');
  assert.equal(totalSize, row?.n);
}
