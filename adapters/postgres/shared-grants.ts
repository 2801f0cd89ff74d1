import type { Client, Pool } from './pool.ts';

/**
 * Returns the connections whose grant other connections share in Salesforce's count, each with the others' names: same org, same
 * user, same app. Revoked and lost grants do not count.
 *
 * @param connectionId - of this one only; all when absent
 */
export async function findSharedGrants(
  client: Pool | Client,
  connectionId?: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await client.query<{ name: string; others: string[] }>(
    `WITH live AS (
       SELECT c.id, c.name, c.org_id, c.user_id, g.client_id
         FROM mooring.connection c JOIN mooring.oauth_grant g ON g.connection_id = c.id
        WHERE c.state <> 'destroyed' AND g.refresh_token_sealed IS NOT NULL
     )
     SELECT mine.name, array_agg(other.name ORDER BY other.name) AS others
       FROM live mine JOIN live other USING (org_id, user_id, client_id)
      WHERE mine.id <> other.id AND ($1::uuid IS NULL OR mine.id = $1)
      GROUP BY mine.name`,
    [connectionId ?? null],
  );
  return new Map(rows.map(({ name, others }) => [name, others]));
}
