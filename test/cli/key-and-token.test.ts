import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { Command } from 'commander';
import { createApiTokens } from '../../adapters/postgres/api-tokens.ts';
import { assertKeyMatches } from '../../adapters/postgres/key-check.ts';
import { createKeyring } from '../../adapters/secrets/keyring.ts';
import type { CliContext } from '../../cli/context.ts';
import { addKey } from '../../cli/key.ts';
import { addToken } from '../../cli/token.ts';
import { hasCode } from '../errors.ts';
import { startFakeSalesforce } from '../fake-salesforce.ts';
import { authorize, createVault } from '../vault.ts';

const salesforce = await startFakeSalesforce();
const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [first, second] = [key('k1'), key('k2')];
const vault = await createVault(salesforce.app, createKeyring(first));
await assertKeyMatches(vault.pool, vault.keyring);
await authorize(vault, salesforce, 'acme');

/** Runs a command without Temporal, as somebody who knows only the database and the keys. */
async function mooring(args: readonly string[], keys = first) {
  const out: string[] = [];
  const said: string[] = [];
  let exit: number | undefined;
  const context: CliContext = {
    print: (line) => void out.push(line),
    warn: (line) => void said.push(line),
    env: { DATABASE_URL: vault.url, MOORING_KEY: keys },
    cwd: tmpdir(),
    isTerminal: false,
    interrupted: new Promise(() => undefined),
    exit: (status) => void (exit = status),
  };
  const program = new Command('mooring').exitOverride().configureOutput({ writeErr: (line) => void said.push(line) });
  for (const add of [addKey, addToken]) add(program, context);
  await program.parseAsync(args, { from: 'user' });
  return { out: out.join('\n'), said: said.join('\n'), exit };
}

test('a token is printed once, alone on standard output, and is good until it is revoked', async () => {
  const created = await mooring(['token', 'create', '--role', 'resolve', '--expires', '30d', '--connection', 'acme']);
  assert.equal(created.exit, 0);
  assert.match(created.out, /^mooring_[\w-]{43}$/);
  assert.match(created.said, /connection "acme", role "resolve", until .* shown only now/);
  const caller = await createApiTokens(vault.pool).authenticate(created.out);
  assert.equal(caller?.connection, 'acme');

  const listed = await mooring(['token', 'list', '--json']);
  const [token] = JSON.parse(listed.out) as { id: string; state: string; role: string }[];
  assert.deepEqual([token?.id, token?.state, token?.role], [caller.tokenId, 'valid', 'resolve']);
  assert.doesNotMatch(listed.out, /mooring_/);
  assert.match((await mooring(['token', 'list'])).out, new RegExp(caller.tokenId));

  assert.equal((await mooring(['token', 'revoke', caller.tokenId])).exit, 0);
  assert.equal(await createApiTokens(vault.pool).authenticate(created.out), undefined);
});

test('a token needs a role that exists and an end within a year, and one for the codec is for all', async () => {
  const create = (...args: string[]) => mooring(['token', 'create', ...args]);
  for (const args of [
    ['--role', 'resolve'],
    ['--expires', '1d'],
    ['--role', 'admin', '--expires', '1d'],
    ['--role', 'resolve', '--expires', '0d'],
    ['--role', 'resolve', '--expires', '367d'],
    ['--role', 'resolve', '--expires', 'soon'],
  ])
    await assert.rejects(create(...args), /required option|is invalid/, args.join(' '));
  await assert.rejects(create('--role', 'codec', '--expires', '1d', '--connection', 'acme'), hasCode('USAGE'));
  await assert.rejects(mooring(['token', 'revoke', 'nothing']), hasCode('API_TOKEN_UNKNOWN'));
});

test('key rotate says what it moved and which key may go, and has nothing to do the second time', async () => {
  await assert.rejects(mooring(['key', 'rotate'], second), hasCode('KEY_WRONG'));
  const rotated = await mooring(['key', 'rotate'], `${second},${first}`);
  assert.equal(rotated.exit, 0);
  assert.match(rotated.out, /mooring\.oauth_grant: 1 re-encrypted/);
  assert.match(rotated.out, /under the key "k2".* take "k1" out of MOORING_KEY/);
  const again = await mooring(['key', 'rotate'], second);
  assert.deepEqual([again.exit, again.out], [0, 'Everything is encrypted under the key "k2".']);
});
