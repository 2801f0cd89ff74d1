import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { startDevSystem } from '../docs/dev-system.ts';
import { until } from '../support/until.ts';
import { open, openBrowser } from './browser.ts';
import { follow, stepsAfter } from './web-ui.ts';

const system = await startDevSystem();
const { mooring, client, uiUrl } = system;
const browser = await openBrowser();

/** Follows the documented steps, with other words in the place of some, from the list of workflows on. */
async function followSteps(line: string, words: Readonly<Record<string, string>> = {}) {
  const page = await open(browser, `${uiUrl}/namespaces/default/workflows`);
  for (const step of stepsAfter(line)) {
    const changed = Object.entries(words).reduce((text, [word, other]) => text.replace(word, other), step);
    await follow(page, changed);
  }
  return page;
}

const SIGNAL = 'A signal, here `reauthorize`:';
const UPDATE = 'An update, here `pauseSchedule`:';
/** The Web UI shows Markdown in frames of its own. */
const detailsOf = async (page: Page): Promise<string> => {
  const frames = page.frames().slice(1);
  const texts = await Promise.all(frames.map((frame) => frame.innerText('body', { timeout: 5_000 }).catch(() => '')));
  return texts.join('\n').replaceAll(/\s+/g, ' ');
};
const isPaused = async (): Promise<boolean> =>
  (await client.schedule.getHandle('schedule/acme/chain/nightly').describe()).state.paused;

test('the steps for a signal send it, and the details show what it did', async () => {
  const page = await followSteps(SIGNAL);
  await until('the connection has it', async () => {
    const { reauthorizationAsked = '' } = await mooring.status('acme');
    return reauthorizationAsked.includes('new owner');
  });
  await page.getByRole('tab', { name: 'User Metadata' }).click();
  await until('the details show it', async () => {
    await page.keyboard.press('r'); // as the tab itself says, too
    return (await detailsOf(page)).includes(
      'A new authorization was asked for: new owner. Run: mooring authorize acme',
    );
  });
  const details = await detailsOf(page);
  for (const words of ['active', 'authorized by admin@acme.example', 'company-person-sync'])
    assert.ok(details.includes(words), `"${words}" in: ${details}`);
});

test('the steps for an update pause the schedule', async () => {
  assert.equal(await isPaused(), false);
  await followSteps(UPDATE);
  await until('it is paused', isPaused);
});

test('the steps for a query show the status', async () => {
  const page = await followSteps('A query:');
  await page.getByText('"admin@acme.example"').waitFor();
});

test('revoke from the Web UI stops the connection, and a job is then refused there in a sentence', async () => {
  await followSteps(SIGNAL, { reauthorize: 'revoke', 'new owner': 'laptop lost' });
  await until('it is revoked', async () => (await mooring.status('acme')).state === 'revoked');
  const page = await followSteps(UPDATE, {
    pauseSchedule: 'runJobs',
    '{"name": "nightly"}': '{"jobs": ["user-sync"]}',
  });
  await page.getByRole('dialog').getByText('Connection "acme" is revoked; no job of it may run.').first().waitFor();
});
