import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { acquireLock, lockOwner } from '../../services/lock-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'mooring-lock-test-'));
after(() => rm(folder, { recursive: true }));

/** Larger than any process id the kernel gives out. */
const NOBODY = 2 ** 30;

test('a lock has one owner until it is released', async () => {
  const file = join(folder, 'plain');
  const lock = await acquireLock(file, 'The folder "x"');
  assert.equal(await lockOwner(file), process.pid);
  await assert.rejects(acquireLock(file, 'The folder "x"'), {
    code: 'ALREADY_RUNNING',
    message: new RegExp(`^The folder "x" .*"${process.pid}"`),
  });
  await lock.release();
  assert.equal(await lockOwner(file), undefined);
  await (await acquireLock(file, 'The folder "x"')).release();
});

test('a lock whose owner is gone counts for nothing', async () => {
  const file = join(folder, 'stale');
  await writeFile(file, `${NOBODY}\nlong ago\n`);
  await (await acquireLock(file, 'It')).release();
});

test('a lock whose process id now belongs to another process counts for nothing', async () => {
  const file = join(folder, 'reused');
  await writeFile(file, `${process.pid}\nbefore the reboot\n`);
  await (await acquireLock(file, 'It')).release();
});

test('of many that find a stale lock at once, one gets it', async () => {
  for (let round = 0; round < 50; round += 1) {
    const file = join(folder, `contended${round}`);
    await writeFile(file, `${NOBODY}\nlong ago\n`);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(file, 'It')));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1, `in round ${round}`);
    const codes = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : '',
    );
    assert.deepEqual([...new Set(codes)].sort(), ['', 'ALREADY_RUNNING']);
  }
});

test('a stale lock beside which somebody crashed while removing it counts for nothing', async () => {
  const file = join(folder, 'twice-stale');
  await writeFile(file, `${NOBODY}\nlong ago\n`);
  await writeFile(`${file}.stale`, `${NOBODY}\nlong ago\n`);
  await (await acquireLock(file, 'It')).release();
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('twice-stale')),
    [],
  );
});

test('no drafts are left beside a lock', async () => {
  const file = join(folder, 'tidy');
  const lock = await acquireLock(file, 'It');
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('tidy')),
    ['tidy'],
  );
  await lock.release();
});
