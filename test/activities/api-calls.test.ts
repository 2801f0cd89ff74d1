import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogJobs } from '../../config/catalog.ts';
import { catalogJob } from '../jobs.ts';
import { createOrgSync, type OrgSync } from '../org-sync.ts';

/** Calls of the last day, as the org itself counts them; it says so in each of its answers. */
const countedByOrg = async ({ rows }: OrgSync): Promise<number> =>
  Number((await rows('SELECT used FROM mooring.api_budget'))[0]?.['used'] ?? 0);

test('a large job costs one call a page and at most eight besides, by its own count and by the org’s', async () => {
  const jobs = [catalogJob('company-sync', { extract: 'bulk' })];
  const sync = await createOrgSync(jobs, { emulator: { bulk: { pageRows: 30 } } });
  await sync.saveJobs(jobs);
  const { apiCalls, read, runId } = await sync.run('company-sync');
  const [pages] = await sync.rows('SELECT count(*)::integer AS count FROM mooring.run_page WHERE run_id = $1', [runId]);
  const count = Number(pages?.['count']);
  assert.ok(count >= 19 && read > 30 * (count - 1), `${count} pages, ${read} rows`);
  assert.ok(apiCalls <= 8 + count, `${apiCalls} calls for ${count} pages`);
  assert.equal(await countedByOrg(sync), apiCalls);
});

test('six jobs with nothing to do cost eighteen calls', async () => {
  const jobs = catalogJobs();
  const sync = await createOrgSync(jobs);
  await sync.saveJobs(jobs);
  for (const { name } of jobs) await sync.run(name);
  await sync.advance(60);
  const before = await countedByOrg(sync);
  let calls = 0;
  for (const { name } of jobs) {
    const { apiCalls, inserted, updated, mode } = await sync.run(name);
    assert.deepEqual([name, inserted, updated], [name, 0, 0]);
    assert.equal(mode, name === 'picklist-sync' ? 'full' : 'incremental');
    calls += apiCalls;
  }
  assert.equal((await countedByOrg(sync)) - before, calls);
  assert.ok(calls <= 18, `${calls} calls`);
});
