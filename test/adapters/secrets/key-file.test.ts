import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createKeyFile } from '../../../adapters/secrets/key-file.ts';
import { createKeyring } from '../../../adapters/secrets/keyring.ts';
import { hasCode } from '../../errors.ts';

const folder = await mkdtemp(join(tmpdir(), 'mooring-key-'));
after(() => rm(folder, { recursive: true }));

test('ten processes at once agree on one key, which only its owner can read', async () => {
  const path = join(folder, 'key');
  const texts = await Promise.all(Array.from({ length: 10 }, () => createKeyFile(path)));
  assert.equal(new Set(texts).size, 1);
  createKeyring(texts[0]);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(folder), ['key']);
});

test('an emptied key file is an error, not a new key', async () => {
  const path = join(folder, 'emptied');
  await writeFile(path, '\n');
  await assert.rejects(createKeyFile(path), hasCode('KEY_MISSING'));
});
