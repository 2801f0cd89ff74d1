import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'node-html-parser';
import { createVisitor } from '../emulator/org-browser.ts';
import { until } from '../support/until.ts';
import { startStory } from './story.ts';

const sizes = {
  users: 5,
  accounts: 40,
  contacts: 120,
  relationshipTypes: 2,
  relationships: 40,
  opportunities: 1,
  cases: 1,
};
const story = await startStory('widget: { enabled: true }\n', { sizes });
const visitor = createVisitor(story.org.url);

/** Opens an Account's page and does what its script does: posts the signed request into the frame. */
async function openWidget(accountId: string): Promise<{ status: number; text: string }> {
  let page = await visitor.visit(`/accounts/${accountId}`);
  if (page.document.querySelector('#login_form') !== null) page = await visitor.logIn(page, 'admin@acme.example');
  const form = page.document.querySelector('form[target]');
  assert.ok(form, 'the page has a frame');
  const response = await fetch(form.getAttribute('action') ?? '', {
    method: 'POST',
    body: new URLSearchParams({ signed_request: form.querySelector('input')?.getAttribute('value') ?? '' }),
  });
  const main = parse(await response.text()).querySelector('main');
  return { status: response.status, text: main?.textContent.replaceAll(/\s+/g, ' ') ?? '' };
}

test('the widget shows what the jobs loaded, from the first sync to the revoke', async () => {
  const { rows } = await story.org.pool.query<{ Id: string; people: number }>(
    `SELECT a."Id", count(c."Id")::integer AS people FROM ${story.org.schema}."Account" a
     JOIN ${story.org.schema}."Contact" c ON c."AccountId" = a."Id" AND NOT c."IsDeleted"
     WHERE NOT a."IsDeleted" AND a."Name" <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1`,
  );
  const { Id: accountId = '' } = rows[0] ?? {};
  assert.equal((await openWidget(accountId)).status, 403, 'nobody has authorized the connection');

  await story.authorize();
  const { rows: truth } = await story.pool.query<{ name: string; people: string[] }>(
    `SELECT c.name, array_agg(p.name ORDER BY p.name) AS people FROM model.company c
     JOIN model.company_person cp ON cp.company_id = c.id AND cp.deleted_at IS NULL JOIN model.person p ON p.id = cp.person_id
     WHERE c.sfdc_account_id = $1 GROUP BY c.name`,
    [accountId],
  );
  const shown = await openWidget(accountId);
  assert.equal(shown.status, 200);
  assert.ok(truth[0] !== undefined && shown.text.includes(truth[0].name), shown.text);
  assert.ok(shown.text.includes(`People ${rows[0]?.people ?? 0}`), shown.text);

  await story.mooring.signalRevoke(story.connection, 'test');
  await until('the widget is closed', async () => {
    const { status, text } = await openWidget(accountId);
    return status === 403 && text.includes('was revoked');
  });
});
