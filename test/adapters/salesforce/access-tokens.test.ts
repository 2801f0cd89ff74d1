import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAudit } from '../../../adapters/postgres/audit.ts';
import { createPool } from '../../../adapters/postgres/pool.ts';
import {
  createAccessTokens,
  type AccessTokensPorts,
  type SalesforceAccess,
} from '../../../adapters/salesforce/access-tokens.ts';
import { createOAuth, type OAuth } from '../../../adapters/salesforce/oauth.ts';
import { MooringError } from '../../../domain/errors.ts';
import { hasCode } from '../../errors.ts';
import { startFakeSalesforce, type FakeSalesforce } from '../../fake-salesforce.ts';
import { whenTestsEnd } from '../../support/when-tests-end.ts';
import { authorize, connectionIdOf, createVault } from '../../vault.ts';

const salesforce = await startFakeSalesforce();
const vault = await createVault(salesforce.app);
const second = createPool(vault.url, { max: 3 });
whenTestsEnd(() => second.end());

const REFRESH = 'POST /services/oauth2/token refresh_token';
const refreshes = (): number => salesforce.count(REFRESH);

const tokensOf = (owner: string, changes: Partial<AccessTokensPorts> = {}) =>
  createAccessTokens({
    pool: vault.pool,
    keyring: vault.keyring,
    oauth: createOAuth(),
    resolveApp: async () => salesforce.app,
    timing: { pollMs: 10 },
    owner,
    ...changes,
  });

const call =
  (host: FakeSalesforce) =>
  async ({ accessToken }: SalesforceAccess): Promise<string> => {
    if (host.isAlive(accessToken)) return 'rows';
    throw new MooringError('SF_SESSION_EXPIRED', 'Session expired or invalid.');
  };

async function ready(name: string): Promise<string> {
  await authorize(vault, salesforce, name);
  return connectionIdOf(vault, name);
}

const leaseAges = (connectionId: string) =>
  vault.pool.query(
    `UPDATE mooring.oauth_grant SET lease_started_at = lease_started_at - interval '1 hour' WHERE connection_id = $1`,
    [connectionId],
  );

/** The process dies after Salesforce has answered and before anything is stored. */
const dying: Pick<OAuth, 'refresh'> = {
  refresh: async (...request) => {
    await createOAuth().refresh(...request);
    throw new Error('killed');
  },
};

test('50 parallel uses in two processes with an expired token cause exactly one refresh and no failure', async () => {
  const connectionId = await ready('parallel');
  salesforce.expireAccessTokens();
  const before = refreshes();
  const [one, two] = [tokensOf('one:1'), tokensOf('two:2', { pool: second })];
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one : two).use(connectionId, call(salesforce))),
  );
  assert.deepEqual(new Set(results), new Set(['rows']));
  assert.equal(refreshes(), before + 1);
});

test('the rotated refresh token is stored before the access token is used', async () => {
  const connectionId = await ready('rotated');
  for (let round = 1; round <= 3; round += 1) {
    salesforce.expireAccessTokens();
    let isFirst = true;
    await tokensOf('one:1').use(connectionId, async (access) => {
      if (isFirst) {
        isFirst = false;
        throw new MooringError('SF_SESSION_EXPIRED', 'Session expired or invalid.');
      }
      // What another process would read at this moment.
      const { rows } = await second.query<{ sealed: string }>(
        'SELECT refresh_token_sealed AS sealed FROM mooring.oauth_grant WHERE connection_id = $1',
        [connectionId],
      );
      const stored = vault.keyring.open(rows[0]?.sealed ?? '', { connectionId, purpose: 'refresh_token' });
      assert.ok(salesforce.liveRefreshTokens().includes(stored));
      return call(salesforce)(access);
    });
  }
});

test('a refused refresh token ends the grant once, and nobody asks again until somebody re-authorizes', async () => {
  const connectionId = await ready('lost');
  salesforce.revokeEverything();
  const before = refreshes();
  const [one, two] = [tokensOf('one:1'), tokensOf('two:2', { pool: second })];
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : two).use(connectionId, call(salesforce))),
  );
  for (const result of results) assert.ok(result.status === 'rejected' && hasCode('SF_GRANT_LOST')(result.reason));
  await assert.rejects(tokensOf('three:3').use(connectionId, call(salesforce)), hasCode('SF_GRANT_LOST'));
  assert.equal(refreshes(), before + 1);
  assert.equal((await vault.ports.connections.findOrThrow('lost')).state, 'reauthorization_required');
  const audit = await readAudit(vault.pool, connectionId);
  assert.equal(audit.filter(({ event }) => event === 'grant_lost').length, 1);

  const outcome = await authorize(vault, salesforce, 'lost');
  assert.ok(outcome.outcome === 'authorized');
  assert.ok(outcome.effects.includes('wakeWaitingRuns'));
  assert.equal(await tokensOf('one:1').use(connectionId, call(salesforce)), 'rows');
});

test('a crash between the answer and the commit costs one more try, then the grant is lost, and there is no loop', async () => {
  const connectionId = await ready('crashed');
  salesforce.expireAccessTokens();
  const before = refreshes();
  await assert.rejects(tokensOf('dead:1', { oauth: dying }).use(connectionId, call(salesforce)), /killed/);

  const next = tokensOf('next:2', { timing: { pollMs: 5, waitMs: 50 } });
  await assert.rejects(next.use(connectionId, call(salesforce)), hasCode('TOKEN_BUSY'));
  assert.equal(refreshes(), before + 1, 'a lease in its time is respected');

  await leaseAges(connectionId);
  await assert.rejects(next.use(connectionId, call(salesforce)), hasCode('SF_GRANT_LOST'));
  await assert.rejects(next.use(connectionId, call(salesforce)), hasCode('SF_GRANT_LOST'));
  assert.equal(refreshes(), before + 2);
  assert.equal((await vault.ports.connections.findOrThrow('crashed')).state, 'reauthorization_required');
});

test('the same crash without rotation heals by itself', async () => {
  const host = await startFakeSalesforce({ rotation: false });
  const app = { resolveApp: async () => host.app };
  const still = await createVault(host.app);
  await authorize(still, host, 'steady');
  const connectionId = await connectionIdOf(still, 'steady');
  const base = { pool: still.pool, keyring: still.keyring, ...app };
  host.expireAccessTokens();
  await assert.rejects(tokensOf('dead:1', { ...base, oauth: dying }).use(connectionId, call(host)), /killed/);
  await still.pool.query(`UPDATE mooring.oauth_grant SET lease_started_at = now() - interval '1 hour'`);
  assert.equal(await tokensOf('next:2', base).use(connectionId, call(host)), 'rows');
});

test('a holder that was too slow still saves its token, before the other one gives the grant up', async () => {
  const connectionId = await ready('slow');
  salesforce.expireAccessTokens();
  let answered = (): void => undefined;
  let mayCommit = (): void => undefined;
  const hasAnswered = new Promise<void>((resolve) => (answered = resolve));
  const committed = new Promise<void>((resolve) => (mayCommit = resolve));
  const slow = tokensOf('slow:1', {
    oauth: {
      refresh: async (...request) => {
        const reply = await createOAuth().refresh(...request);
        answered();
        await committed;
        return reply;
      },
    },
  }).use(connectionId, call(salesforce));
  await hasAnswered;
  await leaseAges(connectionId);
  const other = tokensOf('other:2', {
    oauth: {
      refresh: async (...request) => {
        mayCommit();
        await slow; // the slow one commits while the other one's request is on its way
        return createOAuth().refresh(...request);
      },
    },
  }).use(connectionId, call(salesforce));
  assert.deepEqual(await Promise.all([slow, other]), ['rows', 'rows']);
  assert.equal((await vault.ports.connections.findOrThrow('slow')).state, 'active');
});

test('what passes by itself never costs the grant', async () => {
  const connectionId = await ready('stumbles');
  salesforce.expireAccessTokens();
  const html = '<html>Service Unavailable</html>';
  const faults = [
    [{ status: 503, body: html }, 'SF_SERVER_ERROR'],
    [{ status: 400, body: html }, 'SF_SERVER_ERROR'],
    [{ status: 429, body: '' }, 'SF_RATE_LIMITED'],
    [{ status: 400, body: '{"error":"rate_limit_exceeded"}' }, 'SF_RATE_LIMITED'],
    [{ status: 400, body: '{"error":"invalid_client_id"}' }, 'SF_CLIENT_REFUSED'],
  ] as const;
  for (const [fault, code] of faults) {
    salesforce.misbehave(fault);
    await assert.rejects(tokensOf('one:1').use(connectionId, call(salesforce)), hasCode(code));
    await leaseAges(connectionId);
  }
  const missing = tokensOf('one:1', {
    resolveApp: async () => {
      throw new MooringError('SECRET_MISSING', 'No secret.');
    },
  });
  await assert.rejects(missing.use(connectionId, call(salesforce)), hasCode('SECRET_MISSING'));
  assert.equal(await tokensOf('one:1').use(connectionId, call(salesforce)), 'rows');
});

test('a refresh for another org or to another host is not stored', async () => {
  const connectionId = await ready('diverted');
  const { rows: before } = await vault.pool.query('SELECT * FROM mooring.oauth_grant WHERE connection_id = $1', [
    connectionId,
  ]);
  salesforce.expireAccessTokens();
  salesforce.misbehave({ change: (reply) => ({ ...reply, instance_url: 'https://evil.example' }) });
  await assert.rejects(tokensOf('one:1').use(connectionId, call(salesforce)), hasCode('SF_REPLY_UNTRUSTED'));
  const { rows: stored } = await vault.pool.query('SELECT * FROM mooring.oauth_grant WHERE connection_id = $1', [
    connectionId,
  ]);
  assert.equal((stored[0] as { generation: string }).generation, (before[0] as { generation: string }).generation);
});

test('a session that is refused right after its renewal ends in a clear error, after two renewals', async () => {
  const connectionId = await ready('locked-out');
  const before = refreshes();
  let calls = 0;
  const refused = (): Promise<never> => {
    calls += 1;
    return Promise.reject(new MooringError('SF_SESSION_EXPIRED', 'Session expired or invalid.'));
  };
  await assert.rejects(tokensOf('one:1').use(connectionId, refused), hasCode('SF_SESSION_REFUSED'));
  assert.deepEqual([calls, refreshes() - before], [3, 2]);
  assert.equal((await vault.ports.connections.findOrThrow('locked-out')).state, 'active', 'the grant itself is good');
});

test('a token that another process renewed long ago and that has expired since is renewed once more', async () => {
  const connectionId = await ready('slept');
  const before = refreshes();
  let isFirst = true;
  const rows = await tokensOf('slow:1').use(connectionId, async (access) => {
    if (!isFirst) return call(salesforce)(access);
    isFirst = false;
    salesforce.expireAccessTokens();
    await tokensOf('other:2').use(connectionId, call(salesforce));
    salesforce.expireAccessTokens();
    throw new MooringError('SF_SESSION_EXPIRED', 'Session expired or invalid.');
  });
  assert.equal(rows, 'rows');
  assert.equal(refreshes(), before + 2);
});

test('other failures of the work pass unchanged and refresh nothing', async () => {
  const connectionId = await ready('other-failure');
  const before = refreshes();
  const failure = new MooringError('SF_FORBIDDEN', 'No.');
  await assert.rejects(
    tokensOf('one:1').use(connectionId, () => Promise.reject(failure)),
    failure,
  );
  assert.equal(refreshes(), before);
});

test('without an authorization, and after a revoke, Salesforce is not asked', async () => {
  const connectionId = await ready('withdrawn');
  await vault.activities.revokeConnection({ connection: 'withdrawn' });
  const work = () => assert.fail('no token may be handed out');
  await assert.rejects(tokensOf('one:1').use(connectionId, work), hasCode('CONNECTION_NOT_AUTHORIZED'));
  const unknown = '00000000-0000-4000-8000-000000000000';
  await assert.rejects(tokensOf('one:1').use(unknown, work), hasCode('CONNECTION_UNKNOWN'));
});

test('a revoke during a refresh wins: the late token is not stored', async () => {
  const connectionId = await ready('raced');
  salesforce.expireAccessTokens();
  const tokens = tokensOf('one:1', {
    oauth: {
      refresh: async (...request) => {
        const reply = await createOAuth().refresh(...request);
        await vault.activities.revokeConnection({ connection: 'raced' });
        return reply;
      },
    },
  });
  await assert.rejects(tokens.use(connectionId, call(salesforce)), hasCode('CONNECTION_NOT_AUTHORIZED'));
  const { rows } = await vault.pool.query(
    'SELECT access_token_sealed FROM mooring.oauth_grant WHERE connection_id = $1',
    [connectionId],
  );
  assert.deepEqual(rows, [{ access_token_sealed: null }]);
});
