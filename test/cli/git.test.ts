import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPlace, repositoryName } from '../../cli/git.ts';
import { emptyFolder } from '../support/empty-folder.ts';

const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Jane Doe', '-c', 'user.email=jane@example.com', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim();

test('one repository has one name, however it is reached, and the name holds no password', () => {
  for (const origin of [
    'git@github.com:acme/data.git',
    'https://github.com/acme/data',
    'https://jane:hunter2@github.com/acme/data.git/',
    'ssh://git@github.com/acme/data.git',
  ])
    assert.equal(repositoryName(origin), 'github.com/acme/data');
  assert.equal(repositoryName('ssh://git@git.example.com:2222/acme/data.git'), 'git.example.com:2222/acme/data');
});

test('files are named as everybody names them who has the repository', async () => {
  const root = await realpath(await emptyFolder());
  git(root, 'init', '-q');
  git(root, 'remote', 'add', 'origin', 'git@github.com:acme/data.git');
  await mkdir(join(root, 'mooring'));
  await writeFile(join(root, 'mooring', 'acme.yaml'), 'connection: acme\n');
  git(root, 'add', '.');
  git(root, 'commit', '-q', '-m', 'first');
  const place = await findPlace(['mooring'], root);
  assert.deepEqual(place.territory, { repository: 'github.com/acme/data', files: [], folders: ['mooring'] });
  assert.deepEqual(place.declaredIn(['mooring/acme.yaml']).files, ['mooring/acme.yaml']);
  const { commit, author, isDirty } = place.provenance;
  assert.deepEqual([commit, author, isDirty], [git(root, 'rev-parse', 'HEAD'), 'Jane Doe <jane@example.com>', false]);
  await writeFile(join(root, 'mooring', 'acme.yaml'), 'connection: acme2\n');
  assert.equal((await findPlace(['mooring'], root)).provenance.isDirty, true);
});

test('outside of a repository there is no commit, and paths are whole', async () => {
  const folder = await realpath(await emptyFolder());
  await writeFile(join(folder, 'acme.yaml'), '');
  const { territory, provenance } = await findPlace(['acme.yaml'], folder);
  assert.deepEqual(territory, { repository: null, files: [join(folder, 'acme.yaml')], folders: [] });
  assert.deepEqual([provenance.commit, provenance.author, provenance.isDirty], [null, null, null]);
});
