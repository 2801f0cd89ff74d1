import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { cacheFolder } from '../../services/cache-folder.ts';

const folder = await mkdtemp(join(tmpdir(), 'mooring-cache-test-'));
after(() => rm(folder, { recursive: true }));
process.env['TMPDIR'] = folder;

test('MOORING_CACHE wins, then XDG_CACHE_HOME, then the home folder', async () => {
  const [own, xdg, home] = [join(folder, 'own'), join(folder, 'xdg'), join(folder, 'home')];
  await mkdir(home);
  assert.equal(await cacheFolder({ MOORING_CACHE: own, XDG_CACHE_HOME: xdg, HOME: home }), own);
  assert.equal(await cacheFolder({ XDG_CACHE_HOME: xdg, HOME: home }), join(xdg, 'mooring'));
  const below = await cacheFolder({ HOME: home });
  assert.ok(below.startsWith(home) && below.endsWith('mooring'));
  assert.equal((await stat(below)).mode & 0o777, 0o700);
});

test('without a home the cache is a private folder of the temporary one, and no home is made', async () => {
  const missing = join(folder, 'nobody');
  for (const home of ['', missing]) assert.ok((await cacheFolder({ HOME: home })).startsWith(tmpdir()));
  await assert.rejects(stat(missing), { code: 'ENOENT' });
});

test('a cache that others can write to is not used', async () => {
  const xdg = join(folder, 'shared');
  await mkdir(join(xdg, 'mooring'), { recursive: true });
  await chmod(join(xdg, 'mooring'), 0o777);
  assert.notEqual(await cacheFolder({ XDG_CACHE_HOME: xdg, HOME: '' }), join(xdg, 'mooring'));
});
