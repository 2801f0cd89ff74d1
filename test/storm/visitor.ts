import assert from 'node:assert/strict';
import { giveConsent } from '../emulator/consent.ts';
import { Browser } from '../server/browser.ts';
import { until } from '../support/until.ts';
import type { Person } from './emulated-salesforce.ts';
import type { World } from './world.ts';

/** Somebody with a browser of his own who was given a link. */
export interface Visitor {
  readonly browser: Browser;
  /** Where Salesforce asks for consent. */
  readonly authorizationUrl: string;
}

/** How an attempt ended, as its page shows it. */
export interface Ended {
  readonly status: string;
  readonly message: string;
}

/** Opens a new link of a connection. */
export async function openLink(world: World, connection: string): Promise<Visitor> {
  const browser = new Browser();
  const answer = await browser.get(await world.link(connection));
  assert.equal(answer.status, 302, 'the link leads to Salesforce');
  const authorizationUrl = answer.headers.get('location') ?? '';
  world.ourSecrets.add(new URL(authorizationUrl).searchParams.get('state') ?? '');
  for (const cookie of answer.headers.getSetCookie()) world.ourSecrets.add(/=([^;]*)/.exec(cookie)?.[1] ?? '');
  return { browser, authorizationUrl };
}

/** Logs in and answers; returns the callback that the browser is sent to, which nobody has followed yet. */
export const answerAs = async (
  { authorizationUrl }: Visitor,
  person: Person,
  decision: 'allow' | 'deny' = 'allow',
): Promise<string> => (await giveConsent(authorizationUrl, { ...person, decision })).href;

/** Goes where Salesforce sent the browser, and returns the page that follows the attempt. */
export async function arrive({ browser }: Visitor, callback: string): Promise<string> {
  const answer = await browser.get(callback);
  assert.equal(answer.status, 303, 'the callback is taken');
  return answer.headers.get('location') ?? '';
}

/** Looks at the page until it says how the attempt ended. */
export async function untilEnded({ said }: World, { browser }: Visitor, page: string): Promise<Ended> {
  const followed = page.replace(/\/page$/, '');
  let ended: Ended | undefined;
  await until(
    'the attempt has ended',
    async () => {
      const text = await (await browser.get(followed)).text();
      const view = JSON.parse(text) as Ended & { finished: boolean };
      if (view.finished) ended = view;
      if (view.finished) said.push(text);
      return view.finished;
    },
    120_000,
  );
  return ended ?? assert.fail('the attempt has no end');
}

/** Walks a consent from the link to its end. */
export async function consent(world: World, connection: string, person: Person): Promise<Ended> {
  const visitor = await openLink(world, connection);
  const page = await arrive(visitor, await answerAs(visitor, person));
  return untilEnded(world, visitor, page);
}
