import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startTestEmulator } from './test-emulator.ts';

const LIST = /## Every route\n[\s\S]*?```text\n([\s\S]*?)```/;

test('docs/emulator.md lists every route that the emulator registers, and no other', async () => {
  const page = await readFile(new URL('../../docs/emulator.md', import.meta.url), 'utf8');
  const listed = (LIST.exec(page)?.[1] ?? '').trim().split('\n');
  const { control } = await startTestEmulator();
  assert.deepEqual(listed, await control('GET', '/routes'));
});
