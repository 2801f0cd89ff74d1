import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Emulator, EmulatorOptions } from '../../emulator/contract.ts';
import type { FaultAction } from '../../emulator/control/fault-kinds.ts';
import { startEmulator } from '../../emulator/start.ts';
import { createTestDatabase } from '../support/database.ts';
import { emptyFolder } from '../support/empty-folder.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';

export const TOKEN_ENDPOINT = '/services/oauth2/token';
export const REVOKE_ENDPOINT = '/services/oauth2/revoke';

const SIZES = {
  users: 4,
  accounts: 4,
  contacts: 4,
  relationshipTypes: 1,
  relationships: 2,
  opportunities: 2,
  cases: 2,
};

type OrgName = 'acme' | 'other';

/** Somebody who can log in. */
export interface Person {
  readonly username: string;
  readonly password: string;
}

export interface App {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A grant of an app that its org would still honour. */
export interface LiveGrant {
  readonly orgId: string;
  readonly username: string;
}

export type EmulatedSalesforce = Awaited<ReturnType<typeof startSalesforce>>;

const random = (): string => randomBytes(24).toString('base64url');
const person = (username: string): Person => ({ username, password: random() });

/**
 * Two emulated orgs with people in them, whose weather can be changed: faults, frozen people, dead tokens, or nobody at home.
 * Ends with the tests of the file.
 */
export async function startSalesforce() {
  const database = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url });
  pool.on('error', () => undefined); // dropping the database may overtake the end of a session
  const people = { ann: person('ann@acme.example'), ben: person('ben@acme.example'), eve: person('eve@other.example') };
  const template = { clientId: 'storm-template', clientSecret: random(), redirectUris: [], rotation: true };
  const options: EmulatorOptions = {
    databaseUrl: database.url,
    dataDir: await emptyFolder(),
    orgs: [
      { name: 'acme', sizes: SIZES, apps: [template], users: [people.ann, people.ben] },
      { name: 'other', sizes: SIZES, apps: [], users: [people.eve] },
    ],
  };
  let emulator: Emulator | undefined = await startEmulator(options);
  const { url, orgs } = emulator;
  const idOf = (name: string): string => orgs.find((org) => org.name === name)?.id ?? '';
  whenTestsEnd(async () => {
    await emulator?.stop();
    await pool.end();
    await database.drop();
  });

  async function control(path: string, body?: object, method = body === undefined ? 'GET' : 'POST'): Promise<unknown> {
    const answer = await fetch(`${url}/__emulator${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  // Fifty requests at once are meant here, where an org allows 25 long ones.
  const allowManyRequests = () => control('/orgs/acme/limits', { concurrentLimit: 1_000 });
  await allowManyRequests();

  const orgOf = ({ username }: Person): OrgName => (username === people.eve.username ? 'other' : 'acme');
  const column = async (sql: string): Promise<string[]> =>
    (await pool.query<{ value: string | null }>(sql)).rows.flatMap(({ value }) => value ?? []);

  return {
    url,
    people,
    pool,
    orgIds: { acme: idOf('acme'), other: idOf('other') },
    /** An app of its own for each connection, so that its grants can be told apart. */
    async createApp(redirectUri: string): Promise<App> {
      const app = { clientId: `storm-${randomBytes(6).toString('hex')}`, clientSecret: random() };
      await pool.query(
        `INSERT INTO emulator.app SELECT (jsonb_populate_record(a, jsonb_build_object('client_id', $1::text, 'client_secret', $2::text, 'redirect_uris', jsonb_build_array($3::text)))).*
           FROM emulator.app a WHERE client_id = $4`,
        [app.clientId, app.clientSecret, redirectUri, template.clientId],
      );
      return app;
    },
    async liveGrants({ clientId }: App): Promise<readonly LiveGrant[]> {
      const { rows } = await pool.query<LiveGrant>(
        `SELECT g.org_id AS "orgId", l.username FROM emulator.access_grant g JOIN emulator.login l ON l.user_id = g.user_id
          WHERE g.client_id = $1 AND g.revoked_at IS NULL ORDER BY g.id`,
        [clientId],
      );
      return rows;
    },
    /** What a refresh token is of, whether or not the org would honour it. */
    async grantOf(refreshToken: string): Promise<{ readonly orgId: string; readonly isLive: boolean } | undefined> {
      const { rows } = await pool.query<{ orgId: string; isLive: boolean }>(
        `SELECT g.org_id AS "orgId", g.revoked_at IS NULL AND t.superseded_at IS NULL AS "isLive"
           FROM emulator.refresh_token t JOIN emulator.access_grant g ON g.id = t.grant_id WHERE t.token = $1`,
        [refreshToken],
      );
      return rows[0];
    },
    /** Everything that was ever handed out or shared, and that nobody may find anywhere. */
    secrets: async (): Promise<string[]> =>
      column(`SELECT code AS value FROM emulator.auth_code UNION ALL SELECT token FROM emulator.refresh_token
              UNION ALL SELECT access_token FROM emulator.session UNION ALL SELECT cookie FROM emulator.browser_session
              UNION ALL SELECT client_secret FROM emulator.app UNION ALL SELECT password FROM emulator.login`),
    fault: (path: string, action: FaultAction, times = 1) => control('/faults', { path, action, times }),
    clearFaults: () => control('/faults', undefined, 'DELETE'),
    /** Faults that have not struck yet. */
    waitingFaults: async (): Promise<number> => ((await control('/faults')) as unknown[]).length,
    /** How many requests were answered since the emulator started; with this status, where one is named. */
    async countRequests(path: RegExp, status?: number): Promise<number> {
      const log = (await control('/requests')) as { path: string; status: number }[];
      return log.filter((one) => path.test(one.path) && (status === undefined || one.status === status)).length;
    },
    expireSessions: (org: OrgName = 'acme') => control(`/orgs/${org}/expire-sessions`, {}),
    /** An administrator's "Revoke All": every grant and every session of the org. */
    async revokeAll(org: OrgName = 'acme'): Promise<void> {
      await control(`/orgs/${org}/revoke-grants`, {});
      await control(`/orgs/${org}/expire-sessions`, {});
    },
    freeze: (one: Person, frozen: boolean) =>
      control(`/orgs/${orgOf(one)}/freeze-user`, { username: one.username, frozen }),
    /** Refuses connections until {@link comeBack}. */
    async goAway(): Promise<void> {
      await emulator?.stop();
      emulator = undefined;
    },
    async comeBack(): Promise<void> {
      emulator ??= await startEmulator({ ...options, port: Number(new URL(url).port) });
      await allowManyRequests();
    },
  };
}
