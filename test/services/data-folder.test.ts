import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDataFolder } from '../../services/data-folder.ts';

const project = await mkdtemp(join(tmpdir(), 'mooring-project-'));
after(() => rm(project, { recursive: true }));

test('the data folder is private, ignored by git, and open to one process at a time', async () => {
  const folder = await openDataFolder(project);
  assert.equal(folder.path, join(project, '.mooring'));
  assert.equal((await stat(folder.path)).mode & 0o777, 0o700);
  assert.equal(await readFile(join(folder.path, '.gitignore'), 'utf8'), '*\n');
  await assert.rejects(openDataFolder(project), { code: 'ALREADY_RUNNING' });
  await folder.close();
  await (await openDataFolder(project)).close();
});
