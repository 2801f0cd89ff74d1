import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScheduleActivities, type SchedulePorts } from '../../activities/schedules.ts';
import { loadConfig } from '../../config/load-config.ts';

const [spec] = (await loadConfig(['examples/acme'])).connections;
assert.ok(spec);
const connection = { state: 'active', spec, isOrphaned: false } as const;

function recording({ isOrphaned = false, former = [] as readonly string[] } = {}) {
  const asked: unknown[] = [];
  const ports: SchedulePorts = {
    connection: async () => ({ ...connection, isOrphaned }),
    formerSchedules: async () => former,
    async reconcile(name, desired) {
      asked.push([name, desired.map(({ id, spec: { paused } }) => (paused === true ? `${id} paused` : id))]);
      return [];
    },
    async remove(ids) {
      asked.push(['remove', ids]);
      return ids;
    },
    async setPaused(_connection, paused, { ids, andOthers, note }) {
      asked.push([paused, ids, andOthers, note]);
      return ids;
    },
  };
  return { asked, activities: createScheduleActivities(ports) };
}

const HOURLY = 'schedule/acme/job/opportunity-sync';
const NIGHTLY = 'schedule/acme/chain/nightly';

test('schedules become those of the jobs and chains that the files name', async () => {
  const { asked, activities } = recording();
  await activities.reconcileSchedules({ connection: 'acme' });
  assert.deepEqual(asked, [['acme', [HOURLY, NIGHTLY]]]);
});

test('what the revision before had and this one has not is deleted by name', async () => {
  const { asked, activities } = recording({ former: [HOURLY, 'schedule/acme/job/old-sync'] });
  assert.deepEqual(await activities.reconcileSchedules({ connection: 'acme' }), ['schedule/acme/job/old-sync']);
  assert.deepEqual(asked, [
    ['remove', ['schedule/acme/job/old-sync']],
    ['acme', [HOURLY, NIGHTLY]],
  ]);
});

test('the schedules of a connection that is no longer in the files are paused', async () => {
  const { asked, activities } = recording({ isOrphaned: true });
  await activities.reconcileSchedules({ connection: 'acme' });
  assert.deepEqual(asked, [['acme', [`${HOURLY} paused`, `${NIGHTLY} paused`]]]);
});

test('deleting all names every schedule, also those that no list shows yet', async () => {
  const { asked, activities } = recording();
  assert.deepEqual(await activities.deleteSchedules({ connection: 'acme' }), [HOURLY, NIGHTLY]);
  assert.deepEqual(asked, [
    ['remove', [HOURLY, NIGHTLY]],
    ['acme', []],
  ]);
});

test('pausing all names every schedule, also those that no list shows yet', async () => {
  const { asked, activities } = recording();
  await activities.pauseSchedules({ connection: 'acme', paused: true, note: 'revoked' });
  assert.deepEqual(asked, [[true, [HOURLY, NIGHTLY], true, 'revoked']]);
});

test('one schedule is chosen by the name of its job or chain; an unknown name touches none', async () => {
  const { asked, activities } = recording();
  assert.deepEqual(await activities.pauseSchedules({ connection: 'acme', paused: false, name: 'nightly', note: 'n' }), [
    NIGHTLY,
  ]);
  assert.deepEqual(
    await activities.pauseSchedules({ connection: 'acme', paused: true, name: 'nonsense', note: 'n' }),
    [],
  );
  assert.deepEqual(asked, [
    [false, [NIGHTLY], false, 'n'],
    [true, [], false, 'n'],
  ]);
});
