import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { launchChromium } from '../support/chromium.ts';

test('a MOORING_CHROMIUM that does not start is named, with what to do, and no other is taken', async () => {
  await assert.rejects(
    launchChromium({ env: { ...process.env, MOORING_CHROMIUM: '/nowhere/chromium' } }),
    /Tried: "\/nowhere\/chromium", which MOORING_CHROMIUM names \(.+\)\. Install Chromium or Chrome so that it is on PATH/,
  );
});

test('a program on PATH that only bears the name is passed over for one that starts', async () => {
  const { browser, program } = await launchChromium();
  await browser.close();
  const folder = await mkdtemp(join(tmpdir(), 'mooring-chromium-'));
  const write = (name: string, script: string) =>
    writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  try {
    await write('chromium', 'echo "Install the snap." >&2; exit 1');
    await write('google-chrome', `PATH='${process.env['PATH'] ?? ''}' exec '${program}' "$@"`);
    const { MOORING_CHROMIUM: _, ...env } = process.env;
    const second = await launchChromium({ env: { ...env, PATH: folder } });
    await second.browser.close();
    assert.equal(second.program, join(folder, 'google-chrome'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
