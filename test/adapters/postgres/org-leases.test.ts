import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOrgLeases } from '../../../adapters/postgres/org-leases.ts';
import { hasCode } from '../../errors.ts';
import { sfid } from '../../pages.ts';
import { createEngine } from '../../sync-engine.ts';
import { gate } from '../../workflows/fake-activities.ts';

const engine = await createEngine();
const withLease = createOrgLeases(engine.pool, 2);

const org = (number: number): string => sfid('00D', 100 + number);
const connectionTo = (orgId: string): Promise<string> => engine.connection(undefined, orgId);

test('so many pages of an org load at once, over all its connections, and other orgs do not wait for them', async () => {
  const [one, other, elsewhere] = [await connectionTo(org(1)), await connectionTo(org(1)), await connectionTo(org(2))];
  const { open, opened } = gate();
  const first = withLease(one, () => opened);
  const second = withLease(other, () => opened);
  // Both have their places before the third one asks.
  for (let taken = 0; taken < 2;) {
    const [row] = await engine.rows('SELECT count(*)::int AS taken FROM mooring.org_lease WHERE org_id = $1', [org(1)]);
    taken = Number(row?.['taken']);
  }
  await assert.rejects(
    withLease(one, async () => assert.fail('there is no place')),
    hasCode('ORG_BUSY'),
  );
  assert.equal(await withLease(elsewhere, async () => 'loaded'), 'loaded');
  open();
  await Promise.all([first, second]);
  assert.equal(await withLease(one, async () => 'loaded'), 'loaded');
});

test('many that ask at once never have more places than there are', async () => {
  const connection = await connectionTo(org(3));
  let atOnce = 0;
  let most = 0;
  const load = async (): Promise<void> => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await engine.pool.query('SELECT 1');
    atOnce -= 1;
  };
  const ends = await Promise.allSettled(Array.from({ length: 12 }, () => withLease(connection, load)));
  assert.ok(most <= 2);
  assert.ok(ends.some(({ status }) => status === 'fulfilled'));
  for (const end of ends) if (end.status === 'rejected') hasCode('ORG_BUSY')(end.reason);
});

test('a place ends when its work fails, and when its worker has died', async () => {
  const connection = await connectionTo(org(4));
  for (const _ of [1, 2, 3]) {
    await assert.rejects(
      withLease(connection, () => Promise.reject(new Error('reset'))),
      /reset/,
    );
  }
  await engine.pool.query(
    `INSERT INTO mooring.org_lease (org_id, expires_at) SELECT $1, now() - interval '1 second' FROM generate_series(1, 2)`,
    [org(4)],
  );
  assert.equal(await withLease(connection, async () => 'loaded'), 'loaded');
});
