import { Client } from 'pg';
import { newAccessToken } from '../emulator/oauth/random-token.ts';

/** Whose session it is; ids of 18 characters. */
export interface OpenSession {
  readonly token: string;
  readonly orgId: string;
  readonly userId: string;
}

/** Opens a session of an emulated org's first user, without a browser and without a consent. */
export async function openSession(databaseUrl: string, org: string): Promise<OpenSession> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ org_id: string; user_id: string }>(
      'SELECT l.org_id, l.user_id FROM emulator.login AS l JOIN emulator.org AS o ON o.id = l.org_id WHERE o.name = $1 ORDER BY l.user_id',
      [org],
    );
    const [login] = rows;
    if (login === undefined) throw new Error(`The emulated org "${org}" has nobody who could log in.`);
    const token = newAccessToken(login.org_id);
    await client.query(
      `INSERT INTO emulator.session (access_token, client_id, org_id, user_id, scope, issued_at, expires_at) VALUES ($1, 'bench', $2, $3, 'api', now(), now() + interval '1 day')`,
      [token, login.org_id, login.user_id],
    );
    return { token, orgId: login.org_id, userId: login.user_id };
  } finally {
    await client.end();
  }
}
