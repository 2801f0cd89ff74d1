import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { startStory } from '../e2e/story.ts';
import { until } from '../support/until.ts';
import { open, openBrowser } from './browser.ts';
import { lookAt } from './look-at.ts';

const ADMIN = { username: 'admin@acme.example', password: 'emulator' };
const sizes = {
  users: 5,
  accounts: 20,
  contacts: 60,
  relationshipTypes: 2,
  relationships: 40,
  opportunities: 1,
  cases: 1,
};
const story = await startStory('widget: { enabled: true }\n', { sizes, plantedBadRows: false, users: [ADMIN] });
const { connection, mooring, pool } = story;
const admin = await openBrowser();

/** Opens a page of the org; logs in first when asked. */
async function openInOrg(browser: BrowserContext, path: string): Promise<Page> {
  const page = await open(browser, `${story.org.url}${path}`);
  if ((await page.getByLabel('Password').count()) > 0) {
    await page.getByLabel('Username').fill(ADMIN.username);
    await page.getByLabel('Password').fill(ADMIN.password);
    await page.getByRole('button', { name: 'Log In' }).click();
  }
  await page.getByRole('navigation').waitFor();
  return page;
}

const widgetOf = (page: Page) => page.frameLocator('iframe[title$=" canvas"]');
const stateIs = (state: string): Promise<void> =>
  until(`the connection is ${state}`, async () => (await mooring.status(connection)).state === state);

test('an Account shows the card of its company, with its people and relationships', async () => {
  await story.authorize();
  const { rows } = await pool.query<{ id: string; name: string; people: string; relationships: string }>(
    `SELECT c.sfdc_account_id AS id, c.name,
       (SELECT count(*) FROM model.company_person p WHERE p.company_id = c.id AND p.deleted_at IS NULL) AS people,
       (SELECT count(*) FROM model.relationship r WHERE r.company_id = c.id AND r.deleted_at IS NULL) AS relationships
     FROM model.company c WHERE c.deleted_at IS NULL ORDER BY 3 DESC, 4 DESC LIMIT 1`,
  );
  const [company] = rows;
  assert.ok(company && Number(company.people) > 0);

  const page = await openInOrg(admin, `/accounts/${company.id}`);
  const card = widgetOf(page);
  await card.getByRole('heading', { name: company.name }).waitFor();
  await card.getByRole('heading', { name: `People ${company.people}` }).waitFor();
  await card.getByRole('heading', { name: `Relationships ${company.relationships}` }).waitFor();
  await lookAt(page, 'account-with-widget');
});

test('a page that is not of the org cannot frame the card', async () => {
  const page = await openInOrg(admin, '/accounts');
  await page.getByRole('main').getByRole('link').first().click();
  const request = await page.locator('input[name="signed_request"]').getAttribute('value');
  const action = await page.locator('form[target]').getAttribute('action');
  const elsewhere = await open(admin, 'about:blank');
  await elsewhere.setContent(
    `<iframe name="card"></iframe><form method="post" action="${action ?? ''}" target="card"><button>Show</button><input name="signed_request" value="${request ?? ''}"></form>`,
  );
  await elsewhere.getByRole('button').click();
  await until(
    'the browser refuses to show it',
    () => elsewhere.frame('card')?.url().startsWith('chrome-error:') === true,
  );
});

test('when an administrator revokes the app, jobs wait and the connection says what it needs', async () => {
  const page = await openInOrg(admin, '/setup/connected-apps');
  await page.getByRole('row', { name: ADMIN.username }).waitFor();
  await lookAt(page, 'connected-apps');
  await page.getByRole('button', { name: /^Revoke All/ }).click();
  await page.getByRole('status').getByText('Revoked.').waitFor();

  const waiting = story.run(['user-sync']);
  await stateIs('reauthorization_required');
  await assert.rejects(mooring.runJobs(connection, {}), /reauthorization required/);

  await story.consent();
  const { jobs } = await waiting;
  assert.deepEqual(
    jobs.map(({ status }) => status),
    ['success'],
  );
  await page.reload();
  await page.getByRole('row', { name: ADMIN.username }).waitFor();
});

test('after a revoke the card is gone from the Account, and the frame says why', async () => {
  await mooring.signalRevoke(connection, 'test');
  await stateIs('revoked');
  const page = await openInOrg(admin, '/accounts');
  await page.getByRole('main').getByRole('link').first().click();
  await widgetOf(page).getByText('was revoked').waitFor();
  await lookAt(page, 'account-after-revoke');
});
