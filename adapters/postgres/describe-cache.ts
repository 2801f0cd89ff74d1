import type { DescribedObject } from '../../domain/describe.ts';
import type { Pool } from './pool.ts';

export interface CachedDescribe {
  readonly describe: DescribedObject;
  /** As Salesforce sent it. */
  readonly lastModified?: string;
}

/** Keeps describes, so that asking whether one changed costs a 304 and not some hundred kilobytes. */
export function createDescribeCache(pool: Pool) {
  return {
    async get(connectionId: string, object: string): Promise<CachedDescribe | undefined> {
      const { rows } = await pool.query<{ describe: DescribedObject; last_modified: string | null }>(
        `SELECT d.describe, d.last_modified FROM mooring.describe_cache AS d JOIN mooring.connection AS c ON c.id = d.connection_id
         WHERE d.connection_id = $1 AND lower(d.object) = lower($2) AND d.api_version = c.spec -> 'salesforce' ->> 'apiVersion'`,
        [connectionId, object],
      );
      const [row] = rows;
      return (
        row && { describe: row.describe, ...(row.last_modified === null ? {} : { lastModified: row.last_modified }) }
      );
    },

    async put(connectionId: string, { describe, lastModified }: CachedDescribe): Promise<void> {
      await pool.query(
        `INSERT INTO mooring.describe_cache (connection_id, object, api_version, last_modified, describe)
         SELECT id, $2, spec -> 'salesforce' ->> 'apiVersion', $3, $4 FROM mooring.connection WHERE id = $1
         ON CONFLICT (connection_id, object, api_version) DO UPDATE SET last_modified = excluded.last_modified, describe = excluded.describe, fetched_at = now()`,
        [connectionId, describe.name, lastModified, JSON.stringify(describe)],
      );
    },
  };
}
