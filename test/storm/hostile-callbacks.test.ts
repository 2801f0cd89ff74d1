import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import { assertNothingLeaked, dumpOf } from './canary.ts';
import { hostileRequest, type Loot } from './hostile-request.ts';
import { sendRaw } from './raw-http.ts';
import { connectionStateOf } from './stored.ts';
import { answerAs, arrive, consent, openLink, untilEnded } from './visitor.ts';
import { startWorkerHere, startWorld, type Declared } from './world.ts';

const world = await startWorld();
whenTestsEnd(await startWorkerHere(world));
const { salesforce, mooring, pool, baseUrl, said } = world;
const port = Number(new URL(baseUrl).port);

const YAML = `jobs:\n${['picklist', 'user', 'company', 'company-person', 'relationship-type', 'relationship']
  .map((job) => `  ${job}-sync: { enabled: false }\n`)
  .join('')}`;
const bound = await world.declare(YAML);
const fresh = await world.declare(YAML);

/** Opens a link and consents; nobody has followed the callback yet. */
async function pending({ name }: Declared) {
  const visitor = await openLink(world, name);
  return { visitor, callback: await answerAs(visitor, salesforce.people.ann) };
}

const queryOf = (callback: string) => {
  const { searchParams } = new URL(callback);
  return { code: searchParams.get('code') ?? '', state: searchParams.get('state') ?? '' };
};

/** Whatever a caller may see of an answer, without what is different in every answer and says nothing. */
const neutral = (body: string): string => body.replaceAll(/nonce="[^"]*"/g, 'nonce');

test('500 hostile callbacks change nothing, and each gets the same words and nothing else', async () => {
  await consent(world, bound.name, salesforce.people.ann);
  const spent = await pending(bound);
  await untilEnded(world, spent.visitor, await arrive(spent.visitor, spent.callback));
  const [mine, other] = [await pending(bound), await pending(fresh)];
  const loot: Loot = {
    mine: { ...queryOf(mine.callback), cookie: mine.visitor.browser.cookieOf(baseUrl) },
    other: { ...queryOf(other.callback), cookie: other.visitor.browser.cookieOf(baseUrl) },
    spent: { ...queryOf(spent.callback), cookie: spent.visitor.browser.cookieOf(baseUrl) },
  };
  const control = () => dumpOf(pool, ['mooring']);
  const shown = () => Promise.all([bound, fresh].map(({ name }) => mooring.status(name)));
  const before = { control: await control(), shown: await shown() };

  const words = new Set<string>();
  await fc.assert(
    fc.asyncProperty(hostileRequest(loot), async (request) => {
      const { status, headers, body } = await sendRaw(port, request);
      said.push(headers, body);
      assert.ok(status >= 400 && status < 500, `it answers ${status}`);
      assert.doesNotMatch(headers, /evil|^location:|set-cookie/im, 'no header of theirs, no redirect, no cookie');
      assert.match(headers, /^cache-control: no-store$/im);
      if (body !== '') words.add(neutral(body)); // HEAD has none
    }),
    { numRuns: 500, seed: 20_261_123 },
  );
  assert.deepEqual(await control(), before.control);
  assert.deepEqual(await shown(), before.shown);
  const plain = await Promise.all(
    ['GET /oauth/callback', 'GET /nowhere', 'nonsense'].map((line) =>
      sendRaw(port, `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    ),
  );
  assert.deepEqual(words, new Set(plain.map(({ body }) => neutral(body))), 'a good state gets the words of a bad one');

  await arrive(other.visitor, other.callback);
  const ended = await untilEnded(world, mine.visitor, await arrive(mine.visitor, mine.callback));
  assert.equal(ended.status, 'succeeded', 'the honest callback still works');
});

test('a code that was stolen from another attempt is worth nothing', async () => {
  const [thief, victim] = [await pending(bound), await pending(fresh)];
  const { code } = queryOf(victim.callback);
  const stolen = `${baseUrl}/oauth/callback?code=${encodeURIComponent(code)}&state=${queryOf(thief.callback).state}`;
  const ended = await untilEnded(world, thief.visitor, await arrive(thief.visitor, stolen));
  assert.equal(ended.status, 'failed');
  assert.deepEqual(await connectionStateOf(pool, bound), { state: 'active', orgId: salesforce.orgIds.acme });
});

test('nothing secret can be read anywhere after the storms', () => assertNothingLeaked(world));
