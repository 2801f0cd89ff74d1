import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { recordId } from '../../../emulator/salesforce-id.ts';
import { once } from '../../support/when-tests-end.ts';
import { APP, startTestEmulator, type TestEmulator } from '../test-emulator.ts';

type Row = Readonly<Record<string, unknown>>;

interface FixedOrg extends TestEmulator {
  /** Replaces `{key}` in a text by the id of that record. */
  readonly withIds: (text: string) => string;
  /** Replaces ids in a text by the keys of their records. */
  readonly withKeys: (text: string) => string;
}

/** In the order in which rows need each other least; references are set once all rows are there. */
const PREFIXES = {
  User: '005',
  Account: '001',
  Contact: '003',
  Opportunity: '006',
  Case: '500',
  Lead: '00Q',
  Event: '00U',
} as const;

const reference = (value: unknown): string | undefined =>
  typeof value === 'string' && value.startsWith('@') ? value.slice(1) : undefined;

/** Starts an emulator whose one org holds exactly the records of `fixed-org.yaml`, at the time that stands there. */
async function startFixedOrg(): Promise<FixedOrg> {
  const file = await readFile(new URL('fixed-org.yaml', import.meta.url), 'utf8');
  const content = parse(file) as Record<keyof typeof PREFIXES, Record<string, Row>> & {
    clock: string;
    calendar: { from: string; until: string };
  };
  const none = { accounts: 0, contacts: 0, relationshipTypes: 0, relationships: 0, opportunities: 0 };
  const sizes = { ...none, users: 1, cases: 0, leads: 0, tasks: 0, events: 0 };
  const emulator = await startTestEmulator({
    orgs: [
      {
        name: 'acme',
        sizes,
        plantedBadRows: false,
        withRelationshipObjects: false,
        multiCurrency: true,
        // The clock stands years away from the one by which the token was made.
        sessionTimeoutMs: 100 * 365 * 24 * 3_600_000,
        apps: [APP],
      },
    ],
  });
  await emulator.control('POST', '/orgs/acme/clock', { freezeAt: content.clock });

  const instance = emulator.org.users[0]?.id.slice(3, 5) ?? '';
  const ids = new Map<string, string>();
  for (const [object, prefix] of Object.entries(PREFIXES)) {
    for (const [index, key] of Object.keys(content[object as keyof typeof PREFIXES]).entries()) {
      if (ids.has(key)) throw new Error(`Two records of the fixed org have the key "${key}".`);
      ids.set(key, recordId(prefix, instance, index + 1));
    }
  }
  const idOf = (key: string): string => {
    const id = ids.get(key);
    if (id === undefined) throw new Error(`The fixed org has no record "${key}".`);
    return id;
  };

  const client = await emulator.pool.connect();
  try {
    await client.query(`SET search_path = ${emulator.org.schema}; SET timezone = 'UTC'; SET emulator.touch = 'none'`);
    const profile = (await client.query<{ Id: string }>('SELECT "Id" FROM "Profile" ORDER BY 1 LIMIT 1')).rows[0]?.Id;
    for (const object of Object.keys(PREFIXES) as (keyof typeof PREFIXES)[]) {
      for (const [key, row] of Object.entries(content[object])) {
        const stamp = row['CreatedDate'] ?? content.clock;
        const full: Row = {
          ...(object === 'User' ? { ProfileId: profile, CommunityNickname: key } : {}),
          ...row,
          ...{ Id: idOf(key), CreatedDate: stamp, LastModifiedDate: stamp, SystemModstamp: stamp },
        };
        const values = Object.values(full).map((value) => {
          const target = reference(value);
          return target === undefined ? value : idOf(target);
        });
        const columns = Object.keys(full).map((name) => `"${name}"`);
        const places = columns.map((_, index) => `$${index + 1}`);
        const update = columns.map((column) => `${column} = excluded.${column}`).join(', ');
        // The first user is there already: somebody has to log in.
        await client.query(
          `INSERT INTO "${object}" (${columns.join(', ')}) VALUES (${places.join(', ')}) ON CONFLICT ("Id") DO UPDATE SET ${update}`,
          values,
        );
      }
    }
    await client.query(
      `INSERT INTO "Task" ("Subject", "ActivityDate", "CreatedDate", "LastModifiedDate", "SystemModstamp", "OwnerId")
       SELECT day::date::text, day::date, day, day, day, $3 FROM generate_series($1::timestamptz, $2::timestamptz, '1 day') day`,
      [`${content.calendar.from}T00:00:00Z`, `${content.calendar.until}T00:00:00Z`, idOf('ada')],
    );
  } finally {
    client.release();
  }

  const keys = new Map([...ids].map(([key, id]) => [id, key]));
  return {
    ...emulator,
    withIds: (text) => text.replaceAll(/\{(\w+)\}/g, (_all, key: string) => idOf(key)),
    withKeys: (text) => text.replaceAll(/\b[0-9A-Za-z]{18}\b/g, (id) => keys.get(id) ?? id),
  };
}

export const fixedOrg = once(startFixedOrg);
