import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiCaller, ApiTokenRole } from '../../domain/api-token.ts';
import { MooringError } from '../../domain/errors.ts';
import { recordAudit } from './audit.ts';
import { createConnections } from './connections.ts';
import { inTransaction, type Pool } from './pool.ts';

/** 256 random bits behind a prefix by which scanners of repositories and logs find one that was left lying about. */
const newToken = (): string => `mooring_${randomBytes(32).toString('base64url')}`;
const TOKEN = /^mooring_[A-Za-z0-9_-]{43}$/;

/** Nothing slower is needed: nobody searches 2^256 tokens, however fast one is hashed. */
const hash = (token: string): Buffer => createHash('sha256').update(token).digest();

export interface ApiToken {
  readonly id: string;
  readonly role: ApiTokenRole;
  /** Null: every connection. */
  readonly connection: string | null;
  readonly state: 'valid' | 'expired' | 'revoked';
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** To the minute; null when it was never used. */
  readonly lastUsedAt: Date | null;
}

export interface NewApiToken {
  readonly role: ApiTokenRole;
  /** Absent: every connection. */
  readonly connection?: string;
  readonly lifetimeMs: number;
  readonly actor: string;
}

/** The tokens of the HTTP API: stored as hashes, each with a role, an end, and when it was last used. */
export const createApiTokens = (pool: Pool) => ({
  /**
   * Makes a token. It exists in the clear only in this answer.
   *
   * @throws CONNECTION_UNKNOWN
   */
  async create({ role, connection, lifetimeMs, actor }: NewApiToken): Promise<{
    readonly id: string;
    readonly token: string;
    readonly expiresAt: Date;
  }> {
    const owner = connection === undefined ? undefined : await createConnections(pool).findOrThrow(connection);
    const connectionId = owner?.connectionId ?? null;
    const token = newToken();
    return inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ id: string; expires_at: Date }>(
        `INSERT INTO mooring.api_token (hash, role, connection_id, created_by, expires_at)
         VALUES ($1, $2, $3, $4, now() + $5 * interval '1 millisecond') RETURNING id, expires_at`,
        [hash(token), role, connectionId, actor, lifetimeMs],
      );
      const [created] = rows;
      if (created === undefined) throw new Error('INSERT returned no row.');
      const { id, expires_at: expiresAt } = created;
      const details = { id, role, expiresAt: expiresAt.toISOString() };
      await recordAudit(client, { connectionId, actor, event: 'api_token_created', details });
      return { id, token, expiresAt };
    });
  },

  /** Returns who a token speaks for; `undefined` when it is unknown, expired, revoked, or its connection was destroyed. */
  async authenticate(token: string): Promise<ApiCaller | undefined> {
    if (!TOKEN.test(token)) return undefined;
    const { rows } = await pool.query<ApiCaller & { hash: Buffer; is_fresh: boolean }>(
      `SELECT t.id AS "tokenId", t.role, c.name AS connection, t.hash,
              coalesce(t.last_used_at > now() - interval '1 minute', false) AS is_fresh
         FROM mooring.api_token t LEFT JOIN mooring.connection c ON c.id = t.connection_id
        WHERE t.hash = $1 AND t.revoked_at IS NULL AND t.expires_at > now()
          AND (t.connection_id IS NULL OR c.state <> 'destroyed')`,
      [hash(token)],
    );
    const [found] = rows;
    if (found === undefined || !timingSafeEqual(found.hash, hash(token))) return undefined;
    const { tokenId, role, connection } = found;
    if (!found.is_fresh) await pool.query('UPDATE mooring.api_token SET last_used_at = now() WHERE id = $1', [tokenId]);
    return { tokenId, role, connection };
  },

  /** Returns all tokens, newest first; never what they are. */
  async list(): Promise<readonly ApiToken[]> {
    const { rows } = await pool.query<ApiToken>(
      `SELECT t.id, t.role, c.name AS connection, t.created_by AS "createdBy", t.created_at AS "createdAt",
              t.expires_at AS "expiresAt", t.last_used_at AS "lastUsedAt",
              CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= now() THEN 'expired' ELSE 'valid' END AS state
         FROM mooring.api_token t LEFT JOIN mooring.connection c ON c.id = t.connection_id
        ORDER BY t.created_at DESC, t.id`,
    );
    return rows;
  },

  /**
   * Ends a token at once. Safe to repeat: one that is revoked stays so.
   *
   * @throws API_TOKEN_UNKNOWN
   */
  revoke: (id: string, actor: string): Promise<void> =>
    inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ connection_id: string | null; was_revoked: boolean }>(
        `SELECT connection_id, revoked_at IS NOT NULL AS was_revoked FROM mooring.api_token WHERE id::text = $1 FOR UPDATE`,
        [id],
      );
      const [found] = rows;
      if (found === undefined) {
        throw new MooringError('API_TOKEN_UNKNOWN', `There is no token "${id}". See: mooring token list`);
      }
      if (found.was_revoked) return;
      await client.query('UPDATE mooring.api_token SET revoked_at = now() WHERE id::text = $1', [id]);
      const connectionId = found.connection_id;
      await recordAudit(client, { connectionId, actor, event: 'api_token_revoked', details: { id } });
    }),
});
