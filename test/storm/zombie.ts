import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { loadPage } from '../../adapters/postgres/load-page.ts';
import { createRuns } from '../../adapters/postgres/runs.ts';
import type { StoredRun } from '../../activities/sync-ports.ts';
import { createAccessTokens, type SalesforceAccess } from '../../adapters/salesforce/access-tokens.ts';
import { createOAuth } from '../../adapters/salesforce/oauth.ts';
import { createActivities } from '../../worker.ts';
import { at, pageOf, sfid } from '../pages.ts';
import type { Declared, World } from './world.ts';

/** The job that only zombies run, but for the first sync. */
const JOB = 'relationship-type-sync';

export type Zombie = ReturnType<typeof createZombie>;

/**
 * A worker that nobody hears of any more: it has begun a run and holds an access token and a page of rows, and will commit the page
 * when it wakes up.
 */
export function createZombie({ workerDeps, pool }: World, { name, connectionId }: Declared) {
  const activities = createActivities(workerDeps);
  const tokens = createAccessTokens({ ...workerDeps, oauth: createOAuth(), owner: 'zombie' });
  const begin = (input: Parameters<typeof activities.beginRun>[0]): ReturnType<typeof activities.beginRun> =>
    new MockActivityEnvironment().run(activities.beginRun, input);
  let held: { readonly run: StoredRun; readonly access: SalesforceAccess } | undefined;

  return {
    /** Begins a run as an activity does. Returns false when it was refused. */
    async begin(): Promise<boolean> {
      const input = { connection: name, job: JOB, workflowRunId: randomUUID() };
      const begun = await begin(input);
      if ('summary' in begun) return false;
      await pool.query(`INSERT INTO mooring.run_page (run_id, page, locator) VALUES ($1, 0, 'query')`, [begun.runId]);
      const access = await tokens.use(connectionId, async (session) => session);
      held = { run: await createRuns(pool).get(begun.runId), access };
      return true;
    },

    /** Whether Salesforce still answers to the token that it holds. */
    async canStillRead(): Promise<boolean> {
      if (held === undefined) return false;
      const { accessToken, instanceUrl, apiVersion } = held.access;
      const answer = await fetch(`${instanceUrl}/services/data/v${apiVersion}/limits`, {
        headers: { authorization: `Bearer ${accessToken}` },
      });
      await answer.arrayBuffer();
      return answer.status === 200;
    },

    /** Commits its page. @throws FENCED when its run is no longer the current one */
    async commit(): Promise<void> {
      if (held?.run.plan === undefined) throw new Error('The zombie has not begun.');
      const { runId, fence, job, plan } = held.run;
      const row = { Id: sfid('a0T', 1), Name: 'Loaded by a zombie', SystemModstamp: at(0), IsDeleted: 'false' };
      const content = pageOf(plan, [row], 'csv');
      await loadPage(pool, { owner: { connectionId, job, runId }, fence, page: 0, plan, content });
    },
  };
}
