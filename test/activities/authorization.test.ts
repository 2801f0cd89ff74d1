import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { createAuthorizationActivities } from '../../activities/authorization.ts';
import { createApiTokens } from '../../adapters/postgres/api-tokens.ts';
import { readAudit } from '../../adapters/postgres/audit.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { ACME_ORG, JANE, OTHER_ORG, startFakeSalesforce, type Reply } from '../fake-salesforce.ts';
import { authorize, connectionIdOf, consent, createVault, specOf } from '../vault.ts';

const salesforce = await startFakeSalesforce();
const vault = await createVault(salesforce.app);
const { activities, ports, pool } = vault;

const isFailure = (type: ErrorCode, nonRetryable: boolean) => (error: unknown) => {
  assert.ok(error instanceof ApplicationFailure, String(error));
  assert.deepEqual([error.type, error.nonRetryable], [type, nonRetryable], error.message);
  return true;
};

const TOKEN = 'POST /services/oauth2/token authorization_code';

async function attemptRow(id: string) {
  const { rows } = await pool.query('SELECT * FROM mooring.authorization_attempt WHERE id = $1', [id]);
  return rows[0] as Record<string, unknown>;
}

test('the first consent binds the org, records who it was, and wipes code and verifier', async () => {
  const outcome = await authorize(vault, salesforce, 'first');
  assert.ok(outcome.outcome === 'authorized', outcome.message);
  assert.deepEqual(outcome.effects, ['bindOrg', 'storeGrant', 'createSchedules', 'startFirstSync']);
  const found = await ports.connections.findOrThrow('first');
  assert.equal(found.state, 'active');
  assert.equal(found.orgId, ACME_ORG);
  assert.equal(found.orgName, 'Acme <Corp>');
  assert.equal(found.username, JANE.username);
  assert.equal(found.userName, JANE.display_name);
  assert.deepEqual(found.scopes, ['refresh_token', 'api', 'id']);
});

test('a repeated exchange answers with the stored outcome and asks nobody', async () => {
  await ports.connections.save(specOf('repeated', salesforce.loginUrl), 'test');
  const attemptId = await consent(vault, salesforce, 'repeated');
  const once = await activities.exchangeConsent({ connection: 'repeated', attemptId });
  const before = salesforce.count(TOKEN);
  assert.deepEqual(await activities.exchangeConsent({ connection: 'repeated', attemptId }), once);
  assert.equal(salesforce.count(TOKEN), before);
  const row = await attemptRow(attemptId);
  assert.equal(row['status'], 'succeeded');
  assert.equal(row['code_sealed'], null);
  assert.equal(row['code_verifier_sealed'], null);
});

test('a consent for another org is refused and revoked, and the old grant stays', async () => {
  await authorize(vault, salesforce, 'bound');
  const connectionId = await connectionIdOf(vault, 'bound');
  const grant = async (): Promise<unknown[]> => {
    const { rows } = await pool.query<Record<string, unknown>>(
      'SELECT * FROM mooring.oauth_grant WHERE connection_id = $1',
      [connectionId],
    );
    return rows;
  };
  const [before, live] = [await grant(), salesforce.liveRefreshTokens()];

  const outcome = await authorize(vault, salesforce, 'bound', OTHER_ORG);
  assert.equal(outcome.outcome, 'refused_other_org');
  assert.deepEqual(await grant(), before);
  assert.deepEqual(salesforce.liveRefreshTokens(), live, 'the refused grant is dead at Salesforce');
  assert.equal((await ports.connections.findOrThrow('bound')).orgId, ACME_ORG);
  const audit = await readAudit(pool, connectionId);
  assert.ok(audit.some(({ event, details }) => event === 'authorization_refused' && details?.['orgId'] === OTHER_ORG));
});

test('re-authorizing replaces the grant and revokes the old one, once the new one is stored', async () => {
  await authorize(vault, salesforce, 'again');
  const before = salesforce.liveRefreshTokens();
  const outcome = await authorize(vault, salesforce, 'again');
  assert.equal(outcome.outcome, 'authorized');
  const live = salesforce.liveRefreshTokens();
  assert.equal(live.length, before.length);
  assert.equal(live.includes(before.at(-1) ?? ''), false);
  assert.deepEqual(await ports.revocations.pending(await connectionIdOf(vault, 'again')), []);
});

test('a refused connection is retried: nothing was sent, so the code is still good', async () => {
  const gone = await startFakeSalesforce();
  await gone.stop();
  await ports.connections.save(specOf('offline', salesforce.loginUrl), 'test');
  const attemptId = await consent(vault, salesforce, 'offline');
  const offline = createAuthorizationActivities({ ...ports, resolveApp: async () => gone.app });
  const exchange = { connection: 'offline', attemptId };
  await assert.rejects(offline.exchangeConsent(exchange), isFailure('SF_UNREACHABLE', false));
  await assert.rejects(offline.exchangeConsent(exchange), isFailure('SF_UNREACHABLE', false));
  assert.equal((await activities.exchangeConsent(exchange)).outcome, 'authorized');
});

test('an exchange whose answer was lost ends as consent_lost and is never sent again', async () => {
  for (const [name, fault] of [
    ['lost-hang-up', { hangUp: true }],
    ['lost-503', { status: 503, body: '<html>Service Unavailable</html>' }],
    ['lost-html', { status: 400, body: '<html>?</html>' }],
  ] as const) {
    await ports.connections.save(specOf(name, salesforce.loginUrl), 'test');
    const attemptId = await consent(vault, salesforce, name);
    salesforce.misbehave(fault);
    const before = salesforce.count(TOKEN);
    const exchange = { connection: name, attemptId };
    assert.equal((await activities.exchangeConsent(exchange)).outcome, 'consent_lost');
    assert.equal((await activities.exchangeConsent(exchange)).outcome, 'consent_lost');
    assert.equal(salesforce.count(TOKEN), before + 1);
    assert.equal((await ports.connections.findOrThrow(name)).state, 'awaiting_authorization');
  }
});

test('a worker that dies while the code is on its way leaves an attempt that ends as consent_lost', async () => {
  await ports.connections.save(specOf('killed', salesforce.loginUrl), 'test');
  const attemptId = await consent(vault, salesforce, 'killed');
  const killed = createAuthorizationActivities({
    ...ports,
    oauth: {
      ...ports.oauth,
      exchangeCode: async (app, sent) => {
        await ports.oauth.exchangeCode(app, sent);
        throw new Error('killed');
      },
    },
  });
  const exchange = { connection: 'killed', attemptId };
  await assert.rejects(killed.exchangeConsent(exchange), /killed/);
  await assert.rejects(activities.exchangeConsent(exchange), isFailure('TOKEN_BUSY', false));
  await pool.query(
    `UPDATE mooring.authorization_attempt SET exchange_started_at = now() - interval '3 minutes' WHERE id = $1`,
    [attemptId],
  );
  assert.equal((await activities.exchangeConsent(exchange)).outcome, 'consent_lost');
});

test('a grant that arrives after its attempt was given up is refused and revoked', async () => {
  await ports.connections.save(specOf('late', salesforce.loginUrl), 'test');
  const attemptId = await consent(vault, salesforce, 'late');
  const live = salesforce.liveRefreshTokens();
  const late = createAuthorizationActivities({
    ...ports,
    oauth: {
      ...ports.oauth,
      identity: async (app, tokens) => {
        await pool.query(
          `UPDATE mooring.authorization_attempt SET exchange_started_at = now() - interval '3 minutes' WHERE id = $1`,
          [attemptId],
        );
        assert.equal((await activities.exchangeConsent({ connection: 'late', attemptId })).outcome, 'consent_lost');
        return ports.oauth.identity(app, tokens);
      },
    },
  });
  assert.equal((await late.exchangeConsent({ connection: 'late', attemptId })).outcome, 'consent_lost');
  assert.deepEqual(salesforce.liveRefreshTokens(), live);
  assert.equal((await ports.connections.findOrThrow('late')).state, 'awaiting_authorization');
});

test('a code that is used, of another verifier or refused fails and says why', async () => {
  await ports.connections.save(specOf('refused', salesforce.loginUrl), 'test');
  const refusals = ['expired authorization code', 'invalid code verifier', 'ip restricted', 'authentication failure'];
  for (const description of refusals) {
    const attemptId = await consent(vault, salesforce, 'refused');
    salesforce.misbehave({
      status: 400,
      body: JSON.stringify({ error: 'invalid_grant', error_description: description }),
    });
    const outcome = await activities.exchangeConsent({ connection: 'refused', attemptId });
    assert.equal(outcome.outcome, 'failed');
    assert.match(outcome.message, new RegExp(description));
  }
  assert.equal((await ports.connections.findOrThrow('refused')).state, 'awaiting_authorization');
});

test('a forged reply is not believed', async () => {
  await authorize(vault, salesforce, 'forged');
  const before = await ports.connections.findOrThrow('forged');
  const forgeries: ((reply: Reply) => Reply)[] = [
    (reply) => ({ ...reply, signature: Buffer.alloc(32).toString('base64') }),
    (reply) => ({ ...reply, issued_at: '1' }),
    (reply) => ({ ...reply, id: reply['id']?.replace(ACME_ORG, OTHER_ORG) }),
    (reply) => ({ ...reply, instance_url: 'https://evil.example' }),
    (reply) => ({ ...reply, instance_url: 'https://acme.my.salesforce.com' }),
    (reply) => ({ ...reply, access_token: undefined }),
  ];
  for (const change of forgeries) {
    const attemptId = await consent(vault, salesforce, 'forged');
    salesforce.misbehave({ change });
    const outcome = await activities.exchangeConsent({ connection: 'forged', attemptId });
    assert.equal(outcome.outcome, 'failed', outcome.message);
    assert.doesNotMatch(outcome.message, /evil|00D/);
  }
  assert.deepEqual(await ports.connections.findOrThrow('forged'), before);
});

test('a grant without the rights to go on is refused with the scope that is missing', async () => {
  await ports.connections.save(specOf('narrow', salesforce.loginUrl), 'test');
  for (const [change, scope] of [
    [(reply: Reply) => ({ ...reply, refresh_token: undefined }), 'refresh_token'],
    [(reply: Reply) => ({ ...reply, scope: 'refresh_token id' }), 'api'],
  ] as const) {
    const attemptId = await consent(vault, salesforce, 'narrow');
    salesforce.misbehave({ change });
    const outcome = await activities.exchangeConsent({ connection: 'narrow', attemptId });
    assert.equal(outcome.outcome, 'failed');
    assert.match(outcome.message, new RegExp(`"${scope}"`));
  }
});

test('an attempt of another connection, an unknown one and a pending one are not exchanged', async () => {
  await authorize(vault, salesforce, 'mine');
  const attemptId = await consent(vault, salesforce, 'mine');
  for (const exchange of [
    { connection: 'first', attemptId },
    { connection: 'mine', attemptId: '00000000-0000-4000-8000-000000000000' },
    { connection: 'mine', attemptId: "x'; DROP TABLE mooring.connection" },
  ]) {
    await assert.rejects(activities.exchangeConsent(exchange), isFailure('ATTEMPT_UNKNOWN', true));
  }
  assert.deepEqual((await activities.loadConnection({ connection: 'mine' })).waitingAttempts, [attemptId]);
});

test('a revoke wipes the grant at once and keeps the remote revoke until Salesforce has answered', async () => {
  await authorize(vault, salesforce, 'revoked');
  const live = salesforce.liveRefreshTokens();
  assert.deepEqual(await activities.revokeConnection({ connection: 'revoked' }), { state: 'revoked', changed: true });
  assert.deepEqual(await activities.revokeConnection({ connection: 'revoked' }), { state: 'revoked', changed: false });
  const connectionId = await connectionIdOf(vault, 'revoked');
  const { rows } = await pool.query(
    'SELECT refresh_token_sealed, access_token_sealed FROM mooring.oauth_grant WHERE connection_id = $1',
    [connectionId],
  );
  assert.deepEqual(rows, [{ refresh_token_sealed: null, access_token_sealed: null }]);

  const gone = await startFakeSalesforce();
  await gone.stop();
  const offline = createAuthorizationActivities({ ...ports, resolveApp: async () => gone.app });
  await assert.rejects(offline.revokeAtSalesforce({ connection: 'revoked' }), isFailure('SF_UNREACHABLE', false));
  assert.equal(await activities.revokeAtSalesforce({ connection: 'revoked' }), 1);
  assert.equal(await activities.revokeAtSalesforce({ connection: 'revoked' }), 0);
  assert.equal(salesforce.liveRefreshTokens().length, live.length - 1);

  const outcome = await authorize(vault, salesforce, 'revoked', OTHER_ORG);
  assert.equal(outcome.outcome, 'refused_other_org', 'the binding survives a revoke');
  const again = await authorize(vault, salesforce, 'revoked');
  assert.ok(again.outcome === 'authorized');
  assert.deepEqual(again.effects, ['storeGrant', 'resumeSchedules']);
});

test('a destroyed connection has no grant and no API token, and Salesforce is told later when it is away', async () => {
  await authorize(vault, salesforce, 'ended');
  const connectionId = await connectionIdOf(vault, 'ended');
  const live = salesforce.liveRefreshTokens();
  const { token } = await createApiTokens(pool).create({
    ...{ role: 'resolve', connection: 'ended', lifetimeMs: 60_000, actor: 'test' },
  });
  const gone = await startFakeSalesforce();
  await gone.stop();
  const offline = createAuthorizationActivities({ ...ports, resolveApp: async () => gone.app });
  const ended = await offline.destroyConnection({ connection: 'ended' });
  assert.deepEqual(ended, { connectionId, isSalesforceUntold: true });
  assert.deepEqual(salesforce.liveRefreshTokens(), live, 'it could not be told');
  await assert.rejects(offline.revokeLeftGrants({ connectionId }), isFailure('SF_UNREACHABLE', false));

  await ports.connections.save(specOf('ended', salesforce.loginUrl), 'test');
  await assertTokenIsDead(connectionId, token);
  assert.equal(
    await activities.revokeLeftGrants({ connectionId }),
    1,
    'though the name is another connection’s by now',
  );
  assert.equal(salesforce.liveRefreshTokens().length, live.length - 1);
  assert.equal(await activities.revokeLeftGrants({ connectionId }), 0);
});

/** Whatever the connection becomes, a token that was made for it before its end stays dead. */
async function assertTokenIsDead(connectionId: string, token: string): Promise<void> {
  const { rows } = await pool.query<{ revoked: boolean }>(
    'SELECT revoked_at IS NOT NULL AS revoked FROM mooring.api_token WHERE connection_id = $1',
    [connectionId],
  );
  assert.deepEqual(rows, [{ revoked: true }]);
  assert.equal(await createApiTokens(pool).authenticate(token), undefined);
}

test('an unknown connection is named with the known ones', async () => {
  await assert.rejects(activities.loadConnection({ connection: 'nobody' }), isFailure('CONNECTION_UNKNOWN', true));
});

test('the database itself refuses to change a binding or to rewrite the audit', async () => {
  await assert.rejects(pool.query(`UPDATE mooring.connection SET org_id = $1 WHERE name = 'first'`, [OTHER_ORG]), {
    code: 'MO001',
  });
  await assert.rejects(pool.query(`UPDATE mooring.audit SET actor = 'somebody'`), { code: 'MO001' });
});
