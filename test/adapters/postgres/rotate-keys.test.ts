import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { readAudit } from '../../../adapters/postgres/audit.ts';
import { createGrants } from '../../../adapters/postgres/grants.ts';
import { assertKeyMatches } from '../../../adapters/postgres/key-check.ts';
import { refuseGrant } from '../../../adapters/postgres/revocations.ts';
import { rotateKeys } from '../../../adapters/postgres/rotate-keys.ts';
import { SEALED_TABLES } from '../../../adapters/postgres/sealed-columns.ts';
import { inTransaction } from '../../../adapters/postgres/pool.ts';
import { createAccessTokens } from '../../../adapters/salesforce/access-tokens.ts';
import { createOAuth } from '../../../adapters/salesforce/oauth.ts';
import { createKeyring, type Keyring } from '../../../adapters/secrets/keyring.ts';
import { MooringError } from '../../../domain/errors.ts';
import { hasCode } from '../../errors.ts';
import { startFakeSalesforce } from '../../fake-salesforce.ts';
import { until } from '../../support/until.ts';
import { authorize, connectionIdOf, consent, createVault, type Vault } from '../../vault.ts';

const salesforce = await startFakeSalesforce();
const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [first, second, third] = [key('k1'), key('k2'), key('k3')];
const [old, both, fresh] = [createKeyring(first), createKeyring(`${second},${first}`), createKeyring(second)];

/** Three authorized connections, a grant that waits to be revoked, and a consent that waits to be exchanged, all under the first key. */
async function filledVault(): Promise<Vault> {
  const vault = await createVault(salesforce.app, old);
  await assertKeyMatches(vault.pool, old);
  for (const name of ['one', 'two', 'three']) await authorize(vault, salesforce, name);
  const connectionId = await connectionIdOf(vault, 'one');
  await inTransaction(vault.pool, (client) => refuseGrant({ client, keyring: old }, connectionId, 'an unwanted token'));
  await consent(vault, salesforce, 'two');
  return vault;
}

/** Every sealed value, opened by the ring, as `table key column` → plaintext. */
async function openAll({ pool }: Vault, keyring: Keyring): Promise<Record<string, string>> {
  const opened: Record<string, string> = {};
  for (const { table, key: primary, columns } of SEALED_TABLES) {
    for (const { column, purpose } of columns) {
      const { rows } = await pool.query<{ id: string; owner: string; sealed: string }>(
        `SELECT ${primary}::text AS id, connection_id AS owner, ${column} AS sealed FROM mooring.${table} WHERE ${column} IS NOT NULL`,
      );
      for (const { id, owner, sealed } of rows) {
        const context = { connectionId: owner, purpose: purpose(id) };
        opened[`${table} ${id} ${column}`] = keyring.open(sealed, context);
      }
    }
  }
  return opened;
}

const keysInUse = async ({ pool }: Vault): Promise<string[]> => {
  const { rows } = await pool.query<{ key_id: string }>('SELECT key_id FROM mooring.key_check ORDER BY 1');
  return rows.map(({ key_id: id }) => id);
};

test('every column that holds a sealed value is rotated', async () => {
  const { pool } = await createVault(salesforce.app, old);
  const { rows } = await pool.query<{ name: string }>(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
      WHERE table_schema = 'mooring' AND column_name LIKE '%sealed' AND table_name <> 'key_check'`,
  );
  const listed = SEALED_TABLES.flatMap(({ table, columns }) => columns.map(({ column }) => `${table}.${column}`));
  assert.deepEqual(rows.map(({ name }) => name).sort(), listed.sort());
});

test('a rotation moves everything to the first key, keeps every value, and strikes the old key off', async () => {
  const vault = await filledVault();
  const { pool } = vault;
  const before = await openAll(vault, old);
  assert.equal(Object.keys(before).length, 3 * 2 + 1 + 2);

  await assert.rejects(rotateKeys({ pool, keyring: fresh, actor: 'test' }), hasCode('KEY_WRONG'));
  assert.deepEqual(await openAll(vault, old), before, 'without the old key nothing is touched');

  const rotation = await rotateKeys({ pool, keyring: both, actor: 'test' });
  assert.deepEqual(rotation, {
    rows: { oauth_grant: 3, pending_revocation: 1, authorization_attempt: 1 },
    retired: ['k1'],
    unreadable: [],
    finished: true,
  });
  assert.deepEqual(await openAll(vault, fresh), before);
  assert.deepEqual(await keysInUse(vault), ['k2']);
  await assertKeyMatches(pool, fresh);
  await assert.rejects(assertKeyMatches(pool, old), hasCode('KEY_WRONG'));

  const audit = await readAudit(pool, null);
  assert.deepEqual(
    audit.map(({ event, actor }) => [event, actor]),
    [['keys_rotated', 'test']],
  );
  const again = await rotateKeys({ pool, keyring: fresh, actor: 'test' });
  assert.deepEqual(again, { rows: {}, retired: [], unreadable: [], finished: true });
  assert.equal((await readAudit(pool, null)).length, 1, 'a rotation that had nothing to do leaves no line');
});

test('a rotation may stop at any row: every value stays readable, and the next one goes on from there', async () => {
  for (let stopAfter = 1; stopAfter <= 9; stopAfter += 1) {
    const vault = await filledVault();
    const { pool } = vault;
    const before = await openAll(vault, old);
    const stop = new AbortController();
    let values = 0;
    const stopping: Keyring = {
      ...both,
      seal(plaintext, context) {
        if (context.purpose !== 'key_check' && ++values === stopAfter) stop.abort();
        return both.seal(plaintext, context);
      },
    };
    const { finished, retired } = await rotateKeys({ pool, keyring: stopping, actor: 'test', signal: stop.signal });
    assert.equal(finished, false);
    assert.deepEqual(retired, []);
    assert.deepEqual(await openAll(vault, both), before);
    assert.deepEqual(await keysInUse(vault), ['k1', 'k2']);

    assert.deepEqual((await rotateKeys({ pool, keyring: both, actor: 'test' })).retired, ['k1']);
    assert.deepEqual(await openAll(vault, fresh), before);
  }
});

test('a process that dies in the middle of a row leaves that row as it was', async () => {
  const vault = await filledVault();
  const before = await openAll(vault, old);
  let left = 3;
  const dying: Keyring = {
    ...both,
    seal(plaintext, context) {
      if (context.purpose !== 'key_check') left -= 1;
      if (left < 0) throw new Error('killed');
      return both.seal(plaintext, context);
    },
  };
  await assert.rejects(rotateKeys({ pool: vault.pool, keyring: dying, actor: 'test' }), /killed/);
  assert.deepEqual(await openAll(vault, both), before);
  await rotateKeys({ pool: vault.pool, keyring: both, actor: 'test' });
  assert.deepEqual(await openAll(vault, fresh), before);
});

test('a refresh that commits while its row is waited for is not overwritten with the token before it', async () => {
  const vault = await filledVault();
  const { pool } = vault;
  const connectionId = await connectionIdOf(vault, 'one');
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query(
    'UPDATE mooring.oauth_grant SET generation = generation + 1, refresh_token_sealed = $2 WHERE connection_id = $1',
    [connectionId, old.seal('rotated by Salesforce', { connectionId, purpose: 'refresh_token' })],
  );
  const rotating = rotateKeys({ pool, keyring: both, actor: 'test' });
  await until('the rotation waits for the row', async () => {
    const { rows } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
  await client.query('COMMIT');
  client.release();
  assert.deepEqual((await rotating).retired, ['k1']);
  const opened = await openAll(vault, fresh);
  assert.equal(opened[`oauth_grant ${connectionId} refresh_token_sealed`], 'rotated by Salesforce');
});

test('a refresh under way, with its lease, is not disturbed by a rotation before its commit', async () => {
  const vault = await filledVault();
  const { pool } = vault;
  const grants = createGrants({ pool, keyring: both });
  const connectionId = await connectionIdOf(vault, 'one');
  const grant = await grants.read(connectionId);
  const lease = await grants.takeLease(grant, 'worker:1', 30_000);
  assert.ok(lease);
  await rotateKeys({ pool, keyring: both, actor: 'test' });
  assert.equal(await grants.takeLease(grant, 'worker:2', 30_000), undefined, 'the lease is still held');
  const reply = {
    accessToken: 'A2',
    refreshToken: 'R2',
    instanceUrl: grant.instanceUrl,
    identityUrl: '',
    orgId: '',
    userId: '',
    scopes: [],
  };
  assert.equal(await grants.commitRefresh(lease, reply), true);
  assert.equal((await createGrants({ pool, keyring: fresh }).read(connectionId)).accessToken, 'A2');
});

test('rotations back and forth beside refreshing workers lose no token', async () => {
  const vault = await createVault(salesforce.app, old);
  const { pool } = vault;
  await assertKeyMatches(pool, old);
  await authorize(vault, salesforce, 'storm');
  const connectionId = await connectionIdOf(vault, 'storm');
  const rings = [`${second},${first}`, `${first},${second}`].map(createKeyring);
  const end = new AbortController();
  const rotating = (async () => {
    for (let round = 0; !end.signal.aborted; round += 1) {
      await rotateKeys({ pool, keyring: rings[round % 2] ?? both, actor: 'test' });
    }
  })();
  const workers = rings.map((keyring, index) =>
    createAccessTokens({
      ...{ pool, keyring, oauth: createOAuth(), resolveApp: async () => salesforce.app },
      ...{ owner: `worker:${index}`, timing: { pollMs: 5 } },
    }),
  );
  for (let round = 0; round < 15; round += 1) {
    salesforce.expireAccessTokens();
    const results = await Promise.all(
      workers.map((tokens) =>
        tokens.use(connectionId, async ({ accessToken }) => {
          if (salesforce.isAlive(accessToken)) return 'rows';
          throw new MooringError('SF_SESSION_EXPIRED', 'Session expired or invalid.');
        }),
      ),
    );
    assert.deepEqual(results, ['rows', 'rows']);
  }
  end.abort();
  await rotating;
  const opened = await openAll(vault, createKeyring(`${first},${second}`));
  assert.ok(salesforce.liveRefreshTokens().includes(opened[`oauth_grant ${connectionId} refresh_token_sealed`] ?? ''));
});

test('a value that its key does not open is named and left alone, and its key stays in use', async () => {
  const vault = await filledVault();
  const { pool } = vault;
  const connectionId = await connectionIdOf(vault, 'two');
  const sealed = old.seal('moved here by hand', { connectionId: 'another', purpose: 'refresh_token' });
  await pool.query('UPDATE mooring.oauth_grant SET refresh_token_sealed = $2 WHERE connection_id = $1', [
    connectionId,
    sealed,
  ]);
  const { rows, retired, unreadable, finished } = await rotateKeys({ pool, keyring: both, actor: 'test' });
  assert.deepEqual(unreadable, [`mooring.oauth_grant ${connectionId}`]);
  assert.deepEqual(rows, { oauth_grant: 2, pending_revocation: 1, authorization_attempt: 1 });
  assert.deepEqual(retired, []);
  assert.ok(finished);
  assert.deepEqual(await keysInUse(vault), ['k1', 'k2']);
});

test('a value under a key that is not at hand is reported before anything is changed', async () => {
  const vault = await filledVault();
  const connectionId = await connectionIdOf(vault, 'three');
  const stranger = createKeyring(third);
  await vault.pool.query('UPDATE mooring.oauth_grant SET access_token_sealed = $2 WHERE connection_id = $1', [
    connectionId,
    stranger.seal('token', { connectionId, purpose: 'access_token' }),
  ]);
  await assert.rejects(rotateKeys({ pool: vault.pool, keyring: both, actor: 'test' }), (error) => {
    assert.match(String(error), /"k3".*oauth_grant/);
    return hasCode('KEY_WRONG')(error);
  });
  assert.equal(Object.keys(await openAll(vault, createKeyring(`${first},${third}`))).length, 9);
});

test('a key that was set by mistake and has encrypted nothing is struck off without it, and not while it has', async () => {
  const vault = await filledVault();
  await assertKeyMatches(vault.pool, both);
  assert.deepEqual(await keysInUse(vault), ['k1', 'k2']);
  await assert.rejects(
    assertKeyMatches(vault.pool, old),
    hasCode('KEY_WRONG'),
    'a worker is told to ask for a rotation',
  );
  const { retired, rows } = await rotateKeys({ pool: vault.pool, keyring: old, actor: 'test' });
  assert.deepEqual([retired, rows], [['k2'], {}]);
  await assertKeyMatches(vault.pool, old);

  await assert.rejects(rotateKeys({ pool: vault.pool, keyring: fresh, actor: 'test' }), hasCode('KEY_WRONG'));
  assert.deepEqual(await keysInUse(vault), ['k1'], 'nothing has changed');
});
