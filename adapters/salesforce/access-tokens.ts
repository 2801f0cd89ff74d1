import { setTimeout as delay } from 'node:timers/promises';
import type { SalesforceSpec } from '../../domain/connection-spec.ts';
import { MooringError } from '../../domain/errors.ts';
import type { OAuthApp, TokenReply } from '../../domain/oauth-app.ts';
import { createGrants, type Lease, type LiveGrant } from '../postgres/grants.ts';
import type { Pool } from '../postgres/pool.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { resolveOAuthApp } from '../secrets/resolve-oauth-app.ts';
import type { OAuth } from './oauth.ts';

interface Timing {
  /** After this a lease counts as left behind. Longer than a refresh can take: 15 s of HTTP and the tries of its commit. */
  readonly leaseMs: number;
  /** How long a caller waits for somebody else's refresh before it gives its worker slot back. */
  readonly waitMs: number;
  /** Mean pause between two looks at the grant while waiting. */
  readonly pollMs: number;
}

const TIMING: Timing = { leaseMs: 30_000, waitMs: 20_000, pollMs: 200 };

/** The answer exists in this process only until it is stored; a database that blinks must not cost the connection its grant. */
const COMMIT_TRIES = 5;

export interface AccessTokensPorts {
  readonly pool: Pool;
  readonly keyring: Keyring;
  readonly oauth: Pick<OAuth, 'refresh'>;
  /** Who holds a lease, for the eyes of an operator: `host:pid`. */
  readonly owner: string;
  readonly resolveApp?: (connection: string, salesforce: SalesforceSpec) => Promise<OAuthApp>;
  readonly timing?: Partial<Timing>;
}

/** What a call to Salesforce is made with. */
export interface SalesforceAccess {
  readonly accessToken: string;
  /** Origin, without a trailing slash. */
  readonly instanceUrl: string;
  /** As in `62.0`. */
  readonly apiVersion: string;
}

export interface AccessTokens {
  /**
   * Runs `work` with a valid token and returns its result. When `work` fails with SF_SESSION_EXPIRED the token is refreshed, by
   * whoever comes first among all processes, and `work` runs once more; twice at most.
   *
   * @throws SF_SESSION_REFUSED when Salesforce does not even accept tokens that it has just made; SF_GRANT_LOST once Salesforce has refused the refresh token, without asking again; TOKEN_BUSY when another process's
   * refresh takes too long; CONNECTION_NOT_AUTHORIZED; whatever `work` throws
   */
  use<T>(connectionId: string, work: (access: SalesforceAccess) => Promise<T>): Promise<T>;
}

const isExpired = (error: unknown): boolean => error instanceof MooringError && error.code === 'SF_SESSION_EXPIRED';

/**
 * The first renewal may bring a token that another process made long ago, which has expired meanwhile; the second one makes its own.
 * A third would only repeat what an org's session settings forbid, for ever, and spend a refresh token each time.
 */
const MOST_RENEWALS = 2;

/** After these Salesforce has certainly not spent the refresh token, so the next one may try at once. */
const NOTHING_HAPPENED = new Set([
  'SF_UNREACHABLE',
  'SF_RATE_LIMITED',
  'SF_CLIENT_REFUSED',
  'SECRET_MISSING',
  'CONFIG_INVALID',
]);

/**
 * Hands out access tokens and renews expired ones under a lease: owner, generation and start are committed, Salesforce is asked
 * outside any transaction, and the answer is committed before it is used, so that a rotated refresh token is never only in memory
 * when somebody acts on it. A crash in between leaves a lease that ages; the next one tries the stored token once, and a refusal
 * then ends the grant.
 */
export function createAccessTokens(ports: AccessTokensPorts): AccessTokens {
  const { pool, keyring, oauth, owner, resolveApp = resolveOAuthApp } = ports;
  const { leaseMs, waitMs, pollMs } = { ...TIMING, ...ports.timing };
  const grants = createGrants({ pool, keyring });
  const renewals = new Map<string, Promise<LiveGrant>>();

  async function commit(lease: Lease, reply: TokenReply): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await grants.commitRefresh(lease, reply);
        return;
      } catch (error) {
        if (attempt === COMMIT_TRIES) throw error;
        await delay(pollMs * 2 ** attempt);
      }
    }
  }

  async function refresh(lease: Lease, grant: LiveGrant): Promise<void> {
    let reply: TokenReply;
    try {
      reply = await oauth.refresh(
        await resolveApp(grant.connection, grant.salesforce),
        lease.refreshToken,
        grant.orgId,
      );
    } catch (error) {
      if (error instanceof MooringError && error.code === 'SF_GRANT_LOST') {
        await grants.markLost(lease, error.message);
        return;
      }
      // An answer that got lost keeps the lease until it ages: Salesforce may still be working on the first request.
      if (error instanceof MooringError && NOTHING_HAPPENED.has(error.code)) await grants.releaseLease(lease);
      throw error;
    }
    await commit(lease, reply);
  }

  /** Returns a grant newer than `expired`. Waiting holds no database connection, only looks at intervals. */
  async function renew(expired: LiveGrant): Promise<LiveGrant> {
    for (const deadline = Date.now() + waitMs; ;) {
      const current = await grants.read(expired.connectionId);
      if (current.generation !== expired.generation) return current;
      const lease = await grants.takeLease(current, owner, leaseMs);
      if (lease !== undefined) {
        await refresh(lease, current);
        continue;
      }
      if (Date.now() >= deadline) {
        throw new MooringError(
          'TOKEN_BUSY',
          `The access token of connection "${expired.connection}" is being renewed by another process for longer than ${waitMs / 1000} s.`,
          { retryAfterMs: leaseMs / 3 },
        );
      }
      await delay(pollMs * (0.5 + Math.random()));
    }
  }

  /** One renewal per process and generation; the others wait for its result. */
  function renewOnce(expired: LiveGrant): Promise<LiveGrant> {
    const key = `${expired.connectionId}/${expired.generation}`;
    const running = renewals.get(key);
    if (running !== undefined) return running;
    const started = renew(expired).finally(() => renewals.delete(key));
    renewals.set(key, started);
    return started;
  }

  const access = ({ accessToken, instanceUrl, salesforce: { apiVersion } }: LiveGrant): SalesforceAccess => ({
    accessToken,
    instanceUrl,
    apiVersion,
  });

  return {
    async use(connectionId, work) {
      let grant = await grants.read(connectionId);
      for (let renewals = 0; ; renewals += 1) {
        try {
          return await work(access(grant));
        } catch (error) {
          if (!isExpired(error)) throw error;
          if (renewals === MOST_RENEWALS) throw sessionRefused(grant.connection, error);
        }
        grant = await renewOnce(grant);
      }
    },
  };
}

const sessionRefused = (connection: string, cause: unknown): MooringError =>
  new MooringError(
    'SF_SESSION_REFUSED',
    `Salesforce gave connection "${connection}" new access tokens and refused them at once. Check the session and IP settings of the app and of the user's profile, then run the job again.`,
    { cause },
  );
