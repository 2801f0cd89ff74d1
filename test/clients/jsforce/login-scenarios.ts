import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import jsforce from 'jsforce';
import { giveConsent } from '../../emulator/consent.ts';
import {
  connect,
  type Connection,
  control,
  countUsers,
  expireSessions,
  forgetConnection,
  newConnection,
  SETUP,
  sharedConnection,
  VERSION,
  type Scenario,
} from './support.ts';

type App = typeof SETUP.app;
const { user } = SETUP;

const oauthOf = ({ clientId, clientSecret, redirectUri }: App): InstanceType<typeof jsforce.OAuth2> =>
  new jsforce.OAuth2({ loginUrl: SETUP.url, clientId, clientSecret, redirectUri, useVerifier: true });

/** Lets a person consent, and exchanges the code. */
async function authorized(app: App, more: object = {}): Promise<Connection> {
  const oauth2 = oauthOf(app);
  const address = oauth2.getAuthorizationUrl({ scope: 'api refresh_token id', state: 'x', prompt: 'consent' });
  const back = await giveConsent(address, user);
  assert.equal(back.searchParams.get('state'), 'x');
  const connection = new jsforce.Connection({ oauth2, version: VERSION, ...more });
  await connection.authorize(back.searchParams.get('code') ?? '');
  delete (oauth2 as { codeVerifier?: string }).codeVerifier; // jsforce would send it with every later request for a token
  return connection;
}

function assertion(): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: SETUP.app.clientId,
    sub: user.username,
    aud: 'https://login.salesforce.com',
    exp: Math.floor(Date.now() / 1000) + 120,
  };
  const signed = `${encode({ alg: 'RS256' })}.${encode(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), SETUP.privateKey).toString('base64url')}`;
}

const plain = (): Connection =>
  new jsforce.Connection({
    oauth2: { loginUrl: SETUP.url, clientId: SETUP.app.clientId, clientSecret: SETUP.app.clientSecret },
    version: VERSION,
  });

export const loginScenarios: readonly Scenario[] = [
  {
    name: 'login by SOAP',
    work: async () => {
      const connection = newConnection();
      const info = await connection.login(user.username, user.password + user.securityToken);
      assert.deepEqual([info.id, info.organizationId], [user.id, SETUP.org.id]);
      await countUsers(connection);
    },
  },
  {
    name: 'a wrong password is refused',
    work: async () => {
      await assert.rejects(newConnection().login(user.username, 'wrong'), /INVALID_LOGIN/);
      await assert.rejects(plain().login(user.username, 'wrong'), { name: 'invalid_grant' });
    },
  },
  {
    name: 'login by username and password of a connected app',
    work: async () => {
      const connection = plain();
      const info = await connection.login(user.username, user.password);
      assert.deepEqual([info.id, info.organizationId], [user.id, SETUP.org.id]);
      await countUsers(connection);
    },
  },
  {
    name: 'login by code and PKCE',
    work: async () => {
      const connection = await authorized(SETUP.app);
      assert.equal(connection.userInfo?.id, user.id);
      assert.ok(connection.refreshToken);
      await countUsers(connection);
    },
  },
  {
    name: 'login by client credentials',
    work: async () => {
      const connection = plain();
      await connection.authorize({ grant_type: 'client_credentials' });
      await countUsers(connection);
    },
  },
  {
    name: 'login by JWT bearer',
    work: async () => {
      const connection = plain();
      await connection.authorize({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: assertion(),
      });
      await countUsers(connection);
    },
  },
  {
    name: 'a code is good once, and not with another verifier',
    work: async () => {
      const oauth2 = oauthOf(SETUP.app);
      const back = await giveConsent(oauth2.getAuthorizationUrl({ scope: 'api', prompt: 'consent' }), user);
      const code = back.searchParams.get('code') ?? '';
      const other = new jsforce.Connection({ oauth2: oauthOf(SETUP.app), version: VERSION });
      await assert.rejects(other.authorize(code), { name: 'invalid_grant' });
      const late = new jsforce.Connection({ oauth2, version: VERSION });
      await assert.rejects(late.authorize(code), { name: 'invalid_grant' });
    },
  },
  {
    name: 'who the user is stands at the identity address',
    work: async () => {
      const identity = await (await authorized(SETUP.app)).identity();
      assert.deepEqual(
        [identity.username, identity.user_id, identity.organization_id],
        [user.username, user.id, SETUP.org.id],
      );
    },
  },
  {
    name: 'a session that ends in the middle of pages is refreshed',
    work: async () => {
      const connection = await authorized(SETUP.app);
      const first = await connection.query('SELECT Id FROM Account', {
        headers: { 'Sforce-Query-Options': 'batchSize=200' },
      });
      await expireSessions();
      forgetConnection();
      const before = connection.accessToken;
      const second = await connection.queryMore(first.nextRecordsUrl ?? '');
      assert.notEqual(connection.accessToken, before);
      assert.equal(second.totalSize, first.totalSize);
    },
  },
  {
    name: 'eight calls that find the session ended refresh it once',
    work: async () => {
      const connection = await authorized(SETUP.app);
      let refreshes = 0;
      connection.on('refresh', () => (refreshes += 1));
      await expireSessions();
      forgetConnection();
      await Promise.all(Array.from({ length: 8 }, () => countUsers(connection)));
      assert.equal(refreshes, 1);
    },
  },
  {
    name: 'Bulk 1.0 finds the session ended and goes on',
    work: async () => {
      const connection = await authorized(SETUP.app);
      const job = connection.bulk.createJob('Account', 'query');
      await job.open();
      await expireSessions();
      forgetConnection();
      const before = connection.accessToken;
      assert.equal((await job.check()).state, 'Open');
      assert.notEqual(connection.accessToken, before);
      await job.close();
    },
  },
  {
    name: 'a rotated refresh token goes on where it is kept',
    work: async () => {
      const { rotatingApp } = SETUP;
      const seen: string[] = [];
      const connection = await authorized(rotatingApp, {
        refreshFn: (self: Connection, done: (error: Error | null, token?: string) => void) => {
          oauthOf({ ...rotatingApp })
            .refreshToken(self.refreshToken ?? '')
            .then(
              (reply) => {
                const { refresh_token: next } = reply as { refresh_token?: string };
                assert.ok(next !== undefined && next !== self.refreshToken);
                seen.push(next);
                self.refreshToken = next;
                done(null, reply.access_token);
              },
              (error: unknown) => done(error as Error),
            );
        },
      });
      for (let turn = 0; turn < 3; turn += 1) {
        await expireSessions();
        await countUsers(connection);
      }
      forgetConnection();
      assert.equal(new Set(seen).size, 3);
    },
  },
  {
    name: 'a refresh token that was rotated away is refused, and ends the grant',
    work: async () => {
      const connection = await authorized(SETUP.rotatingApp);
      const first = connection.refreshToken ?? '';
      const oauth2 = new jsforce.OAuth2({
        loginUrl: SETUP.url,
        clientId: SETUP.rotatingApp.clientId,
        clientSecret: SETUP.rotatingApp.clientSecret,
      });
      const { refresh_token: second } = (await oauth2.refreshToken(first)) as { refresh_token?: string };
      await assert.rejects(oauth2.refreshToken(first), { name: 'invalid_grant' });
      await assert.rejects(oauth2.refreshToken(second ?? ''), { name: 'invalid_grant' });
    },
  },
  {
    name: 'a revoked grant refreshes no more',
    work: async () => {
      const connection = await authorized(SETUP.app);
      await connection.oauth2.revokeToken(connection.refreshToken ?? '');
      await assert.rejects(async () => connection.query('SELECT COUNT() FROM User'), /expired access\/refresh token/);
    },
  },
  {
    name: 'an org that takes the refresh token away says so',
    work: async () => {
      const connection = await authorized(SETUP.app);
      await expireSessions();
      await control('/orgs/acme/revoke-grants');
      forgetConnection();
      await assert.rejects(async () => connection.query('SELECT COUNT() FROM User'), /expired access\/refresh token/);
    },
  },
  {
    name: 'logout ends the session',
    work: async () => {
      const connection = await connect();
      const { accessToken } = connection;
      await connection.logout();
      const after = new jsforce.Connection({
        instanceUrl: SETUP.url,
        accessToken: accessToken ?? '',
        version: VERSION,
      });
      await assert.rejects(async () => after.query('SELECT COUNT() FROM User'), { errorCode: 'INVALID_SESSION_ID' });
      await countUsers(await sharedConnection());
    },
  },
];
