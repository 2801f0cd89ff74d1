import type { Pool } from 'pg';
import { identifier } from '../data/sql.ts';
import type { Org } from '../org.ts';

/** What logins and identities tell of a user. */
export interface UserRow {
  readonly Id: string;
  readonly Username: string;
  readonly Name: string;
  readonly FirstName: string | null;
  readonly LastName: string;
  readonly Email: string;
  readonly CommunityNickname: string;
  readonly IsActive: boolean;
  readonly UserType: string;
  readonly ProfileId: string;
  readonly LanguageLocaleKey: string;
  readonly LocaleSidKey: string;
  readonly TimeZoneSidKey: string;
  readonly LastModifiedDate: Date;
}

export async function readUser(pool: Pool, org: Org, userId: string): Promise<UserRow | undefined> {
  const { rows } = await pool.query<UserRow>(`SELECT * FROM ${identifier(org.schema)}."User" WHERE "Id" = $1`, [
    userId,
  ]);
  return rows[0];
}
