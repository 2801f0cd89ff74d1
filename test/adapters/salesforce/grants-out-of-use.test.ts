import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccessTokens } from '../../../adapters/salesforce/access-tokens.ts';
import { createOAuth, type OAuth } from '../../../adapters/salesforce/oauth.ts';
import { MooringError } from '../../../domain/errors.ts';
import { hasCode } from '../../errors.ts';
import { startFakeSalesforce } from '../../fake-salesforce.ts';
import { authorize, connectionIdOf, createVault } from '../../vault.ts';

const salesforce = await startFakeSalesforce();
const vault = await createVault(salesforce.app);
const { activities } = vault;

/** Uses a connection whose access token has expired. */
const useExpired = async (connectionId: string, oauth: Pick<OAuth, 'refresh'> = createOAuth()): Promise<string> => {
  salesforce.expireAccessTokens();
  const resolveApp = async () => salesforce.app;
  const tokens = createAccessTokens({ ...vault, oauth, resolveApp, owner: 'one:1', timing: { pollMs: 5 } });
  return tokens.use(connectionId, async ({ accessToken }) => {
    if (salesforce.isAlive(accessToken)) return 'rows';
    throw new MooringError('SF_SESSION_EXPIRED', 'Session expired or invalid.');
  });
};

/** Salesforce has answered and nothing is stored when `meanwhile` happens. */
const answering = (meanwhile: () => Promise<unknown>): Pick<OAuth, 'refresh'> => ({
  refresh: async (...request) => {
    const reply = await createOAuth().refresh(...request);
    await meanwhile();
    return reply;
  },
});

/** Refresh tokens that live at Salesforce after it was told about all that is out of use here. */
async function liveWhenTold(connection: string): Promise<readonly string[]> {
  await activities.revokeAtSalesforce({ connection });
  assert.equal((await activities.loadConnection({ connection })).isSalesforceUntold, false);
  return salesforce.liveRefreshTokens();
}

async function ready(connection: string): Promise<{ readonly connectionId: string; readonly others: number }> {
  const others = salesforce.liveRefreshTokens().length;
  await authorize(vault, salesforce, connection);
  return { connectionId: await connectionIdOf(vault, connection), others };
}

test('a token that Salesforce rotated while the connection was revoked is revoked there too', async () => {
  const { connectionId, others } = await ready('revoked-amid');
  const revoke = () => activities.revokeConnection({ connection: 'revoked-amid' });
  await assert.rejects(useExpired(connectionId, answering(revoke)), hasCode('CONNECTION_NOT_AUTHORIZED'));
  assert.equal((await activities.loadConnection({ connection: 'revoked-amid' })).isSalesforceUntold, true);
  assert.equal((await liveWhenTold('revoked-amid')).length, others);
});

test('a token that Salesforce rotated while somebody re-authorized is revoked, and the new grant is not', async () => {
  const { connectionId, others } = await ready('replaced-amid');
  const reauthorize = () => authorize(vault, salesforce, 'replaced-amid');
  assert.equal(await useExpired(connectionId, answering(reauthorize)), 'rows');
  assert.equal((await liveWhenTold('replaced-amid')).length, others + 1);
  assert.equal(await useExpired(connectionId), 'rows');
});

test('a token that comes after a newer one of the same grant is left alone', async () => {
  const { connectionId } = await ready('overtaken');
  const overtake = () =>
    vault.pool.query(
      `UPDATE mooring.oauth_grant SET generation = generation + 1, lease_owner = NULL, lease_id = NULL, lease_started_at = NULL
        WHERE connection_id = $1`,
      [connectionId],
    );
  await useExpired(connectionId, answering(overtake)).catch(() => undefined);
  const { rows } = await vault.pool.query(
    `SELECT FROM mooring.pending_revocation WHERE connection_id = $1 AND reason = 'late'`,
    [connectionId],
  );
  assert.equal(rows.length, 0);
});

test('a grant that Salesforce refused is revoked there, in case it comes to life again', async () => {
  const { connectionId, others } = await ready('frozen');
  salesforce.misbehave({
    status: 400,
    body: JSON.stringify({ error: 'invalid_grant', error_description: 'authentication failure' }),
  });
  await assert.rejects(useExpired(connectionId), hasCode('SF_GRANT_LOST'));
  assert.equal(salesforce.liveRefreshTokens().length, others + 1, 'it lives on');
  assert.equal((await liveWhenTold('frozen')).length, others);
});
