import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { acquireLock } from '../../services/lock-file.ts';
import { temporaryFolder } from '../../services/temporary-folder.ts';

const folder = await mkdtemp(join(tmpdir(), 'mooring-temporary-test-'));
after(() => rm(folder, { recursive: true }));
process.env['TMPDIR'] = folder;

async function leave(name: string, lock: string | undefined, minutesAgo: number): Promise<void> {
  await mkdir(join(folder, name));
  if (lock === undefined) return;
  const file = join(folder, name, 'lock');
  if (lock === 'ours') await acquireLock(file, 'It');
  else await writeFile(file, lock);
  const then = new Date(Date.now() - minutesAgo * 60_000);
  await utimes(file, then, then);
}

test('a new temporary folder takes the place of those whose owner is gone, and of no others', async () => {
  const gone = `${2 ** 30}\nlong ago\n`;
  await leave('a-gone', gone, 10);
  await leave('a-gone-just-now', gone, 0);
  await leave('a-ours', 'ours', 10);
  await leave('a-starting', undefined, 10);
  await leave('b-gone', gone, 10);
  const fresh = await temporaryFolder('a-');
  const kept = ['a-gone-just-now', 'a-ours', 'a-starting', 'b-gone', basename(fresh)];
  assert.deepEqual((await readdir(folder)).sort(), kept.sort());
});
