import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { readIndex, writeResult } from '../../emulator/bulk/result-file.ts';

test('a result tells how many records are stored while it is written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'result-'));
  const told: number[] = [];
  try {
    await writeResult({
      folder: join(folder, 'job'),
      header: '"Id"\n',
      records: Readable.from(Array.from({ length: 25 }, (_, row) => Buffer.from(`"${row}"\n`))),
      lineEnding: 'LF',
      memberRows: 10,
      onStored: (rows) => told.push(rows),
    });
    assert.deepEqual(told, [10, 20, 25]);
    assert.equal((await readIndex(join(folder, 'job'))).rows, 25);
  } finally {
    await rm(folder, { recursive: true });
  }
});
