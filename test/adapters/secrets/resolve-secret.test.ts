import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { resolveOAuthApp } from '../../../adapters/secrets/resolve-oauth-app.ts';
import { resolveSecret } from '../../../adapters/secrets/resolve-secret.ts';
import { hasCode } from '../../errors.ts';

const folder = await mkdtemp(join(tmpdir(), 'mooring-secret-'));
after(() => rm(folder, { recursive: true }));
const what = 'The client id of connection "acme"';

test('a secret is read from a variable or a file, without the final line break', async () => {
  const file = join(folder, 'secret');
  await writeFile(file, 's3cret\r\n');
  assert.equal(await resolveSecret({ file }, what), 's3cret');
  assert.equal(await resolveSecret({ env: 'A' }, what, { A: 's3cret' }), 's3cret');
});

test('a missing secret names the variable or the file', async () => {
  await assert.rejects(resolveSecret({ env: 'ACME_ID' }, what, {}), /"acme".*"ACME_ID".*not set/);
  await assert.rejects(resolveSecret({ env: 'ACME_ID' }, what, { ACME_ID: ' ' }), hasCode('SECRET_MISSING'));
  await assert.rejects(resolveSecret({ file: join(folder, 'absent') }, what), /absent".*ENOENT/);
  const empty = join(folder, 'empty');
  await writeFile(empty, '\n');
  await assert.rejects(resolveSecret({ file: empty }, what), hasCode('SECRET_MISSING'));
});

test('a login URL is an https origin, or http on loopback', async () => {
  const file = join(folder, 'id');
  await writeFile(file, 'client');
  const resolve = (loginUrl: string) => resolveOAuthApp('acme', { loginUrl, clientId: { file }, apiVersion: '62.0' });
  assert.deepEqual(await resolve('https://acme.my.salesforce.com/'), {
    loginUrl: 'https://acme.my.salesforce.com',
    clientId: 'client',
  });
  assert.equal((await resolve('http://localhost:4000')).loginUrl, 'http://localhost:4000');
  for (const bad of ['http://login.salesforce.com', 'https://a.example/path', 'ftp://localhost', 'acme', '']) {
    await assert.rejects(resolve(bad), hasCode('CONFIG_INVALID'));
  }
});
