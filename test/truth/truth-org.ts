import assert from 'node:assert/strict';
import type { Pool } from 'pg';
import type { ModeChoice } from '../../domain/mode-choice.ts';
import type { RunSummary } from '../../domain/run.ts';
import type { OrgOptions } from '../../emulator/contract.ts';
import { startStory } from '../e2e/story.ts';
import { createOrgSync } from '../org-sync.ts';
import type { Random } from './random.ts';
import { TRUTH_YAML, truthJobs } from './truth-jobs.ts';

/** An emulated org and what syncs it, whichever way. */
export interface TruthOrg {
  /** The org's own rows. */
  readonly org: { readonly pool: Pool; readonly schema: string };
  /** Ours. */
  readonly pool: Pool;
  /** Calls a control route of the emulator. */
  readonly control: (method: string, path: string, body?: unknown) => Promise<unknown>;
  /** Runs all jobs, in the order of their dependencies. */
  readonly runAll: (choice: ModeChoice, random: Random) => Promise<readonly RunSummary[]>;
  /** Makes the jobs read in another way, which is a new revision; absent where they stay. */
  readonly switchReading?: () => Promise<void>;
}

const ORG: Partial<OrgOptions> = {
  plantedBadRows: false,
  sizes: {
    ...{ users: 10, accounts: 60, contacts: 90, opportunities: 70, relationships: 0, relationshipTypes: 1 },
    ...{ cases: 0, leads: 0, tasks: 0, events: 0 },
  },
};

const addExtraField = (control: TruthOrg['control']): Promise<unknown> =>
  control('PUT', '/orgs/acme/objects/Opportunity/fields/Extra__c', { type: 'string' });

/** Through the activities: pages come in any order, two at a time, some of them twice, by REST and by Bulk in turns. */
export async function truthByActivities(): Promise<TruthOrg> {
  let extract: 'rest' | 'bulk' = 'rest';
  const sync = await createOrgSync(truthJobs(extract), { org: ORG, emulator: { bulk: { pageRows: 25 } } });
  await addExtraField(sync.control);
  await sync.saveJobs(truthJobs(extract));
  return {
    org: sync.org,
    pool: sync.pool,
    control: sync.control,
    async runAll(choice, random) {
      const summaries: RunSummary[] = [];
      for (const { name } of truthJobs(extract))
        summaries.push(await sync.run(name, choice, { shuffle: (end) => random.below(end) }));
      return summaries;
    },
    async switchReading() {
      extract = extract === 'rest' ? 'bulk' : 'rest';
      await sync.saveJobs(truthJobs(extract));
    },
  };
}

/** Through workflows and a worker. */
export async function truthByTemporal(): Promise<TruthOrg> {
  const story = await startStory(TRUTH_YAML, ORG);
  const control: TruthOrg['control'] = async (method, path, body) => {
    const response = await fetch(`${story.org.url}/__emulator${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, text);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  await addExtraField(control);
  await story.authorize();
  return {
    org: story.org,
    pool: story.pool,
    control,
    async runAll(choice) {
      const { syncId } = await story.mooring.runJobs(story.connection, choice);
      return (await story.mooring.syncResult(syncId)).jobs;
    },
  };
}
