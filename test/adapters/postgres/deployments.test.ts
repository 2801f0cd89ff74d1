import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeployments, whileApplying } from '../../../adapters/postgres/deployments.ts';
import { createJobs } from '../../../adapters/postgres/jobs.ts';
import { migrate } from '../../../adapters/postgres/migrate.ts';
import { createPool } from '../../../adapters/postgres/pool.ts';
import type { Provenance } from '../../../domain/provenance.ts';
import { connectionSpec, customJob, field } from '../../jobs.ts';
import { createTestDatabase } from '../../support/database.ts';
import { whenTestsEnd } from '../../support/when-tests-end.ts';

const database = await createTestDatabase();
const pool = createPool(database.url);
whenTestsEnd(async () => {
  await pool.end();
  await database.drop();
});
await migrate(pool);
const deployments = createDeployments(pool);
const jobs = createJobs(pool);

const provenance: Provenance = {
  ...{ appliedBy: 'jane', commit: 'c0ffee', author: 'Jane Doe <jane@example.com>' },
  ...{ isDirty: false, rolledBackTo: null },
};
const lead = customJob('Lead', [field('sfid', 'Id')], { schedule: { every: '1h' } });
const store = (name: string, all = [lead], rereads: readonly string[] = []) =>
  deployments.store({ spec: connectionSpec(name, all), rereads, provenance });

async function leaveWatermark(connectionId: string, revision: number): Promise<void> {
  await pool.query(
    `INSERT INTO mooring.watermark (connection_id, job_name, modstamp, revision) VALUES ($1, 'lead-sync', '2026-01-02T03:04:05Z', $2)
     ON CONFLICT (connection_id, job_name) DO UPDATE SET modstamp = excluded.modstamp, revision = excluded.revision`,
    [connectionId, revision],
  );
}

test('each applied version is kept with who applied it and from which commit', async () => {
  await store('history');
  await store('history');
  await store('history', [{ ...lead, title: 'Leads' }]);
  const history = await deployments.history('history');
  assert.deepEqual(
    history.map(({ revision, commit, author, appliedBy, spec }) => [
      revision,
      commit,
      author,
      appliedBy,
      spec.jobs[0]?.title,
    ]),
    [
      [2, 'c0ffee', 'Jane Doe <jane@example.com>', 'jane', 'Leads'],
      [1, 'c0ffee', 'Jane Doe <jane@example.com>', 'jane', 'Lead Sync'],
    ],
  );
  await assert.rejects(deployments.history('nobody'), { code: 'CONNECTION_UNKNOWN' });
});

test('a job that has to be read again is, until a run under its new revision has', async () => {
  const { connectionId } = await store('reread');
  const watermark = async () => (await jobs.context('reread', 'lead-sync')).watermark;
  assert.equal(await watermark(), undefined, 'the first run reads everything anyhow');
  await leaveWatermark(connectionId, 1);
  await store('reread', [{ ...lead, mappings: [...lead.mappings, field('name', 'Name')] }], ['lead-sync']);
  assert.equal(await watermark(), '1970-01-01T00:00:00.000Z');
  await leaveWatermark(connectionId, 1); // a run under the old revision ends meanwhile
  assert.equal(await watermark(), '1970-01-01T00:00:00.000Z');
  await leaveWatermark(connectionId, 2);
  assert.equal(await watermark(), '2026-01-02T03:04:05.000Z');
});

test('a job that stays as it is gets a new revision when it has to be read again', async () => {
  const { connectionId } = await store('moved');
  await leaveWatermark(connectionId, 1);
  await deployments.store({
    spec: connectionSpec('moved', [lead], { schema: 'crm' }),
    rereads: ['lead-sync'],
    provenance,
  });
  const { revision, watermark } = await jobs.context('moved', 'lead-sync');
  assert.deepEqual([revision, watermark], [2, '1970-01-01T00:00:00.000Z']);
});

test('a connection that left the files is marked, and no more once it is back', async () => {
  await store('gone');
  const isOrphaned = async () => (await deployments.list()).find(({ name }) => name === 'gone')?.isOrphaned;
  assert.equal(await isOrphaned(), false);
  await deployments.orphan('gone', 'jane');
  await deployments.orphan('gone', 'jane');
  assert.equal(await isOrphaned(), true);
  await store('gone');
  assert.equal(await isOrphaned(), false);
  const { rows } = await pool.query<{ event: string }>(
    `SELECT a.event FROM mooring.audit AS a JOIN mooring.connection AS c ON c.id = a.connection_id WHERE c.name = 'gone' ORDER BY a.id`,
  );
  assert.deepEqual(
    rows.map(({ event }) => event),
    ['connection_created', 'connection_orphaned', 'connection_declared_again'],
  );
});

test('jobs that left the files are still known, and so are the schedules before', async () => {
  await store('former');
  assert.deepEqual(await deployments.formerSchedules('former'), []);
  await store('former', []);
  const listed = (await deployments.list()).find(({ name }) => name === 'former');
  assert.deepEqual(
    listed?.removedJobs.map(({ name }) => name),
    ['lead-sync'],
  );
  assert.deepEqual(await deployments.formerSchedules('former'), ['schedule/former/job/lead-sync']);
});

test('two applies exclude each other, and the one that waits too long says so', async () => {
  const order: string[] = [];
  const apply = (name: string) =>
    whileApplying(pool, 30_000, async () => {
      order.push(`${name} begins`);
      await pool.query('SELECT pg_sleep(0.05)');
      order.push(`${name} ends`);
    });
  await Promise.all([apply('one'), apply('two'), apply('three')]);
  for (let index = 0; index < order.length; index += 2)
    assert.equal(order[index]?.replace('begins', 'ends'), order[index + 1]);
  await whileApplying(pool, 30_000, () =>
    assert.rejects(
      whileApplying(pool, 50, async () => assert.fail('it has no turn')),
      { code: 'APPLY_BUSY' },
    ),
  );
  assert.equal(await whileApplying(pool, 30_000, async () => 'free again'), 'free again');
});
