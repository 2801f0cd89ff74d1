import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { modelRows } from './model-rows.ts';
import { MUTATIONS, writeLate, type Scene } from './mutations.ts';
import { createNaiveModel, type NaiveModel } from './naive-model.ts';
import { createRandom } from './random.ts';
import type { TruthOrg } from './truth-org.ts';

export interface RoundsOptions {
  readonly seed: number;
  readonly rounds: number;
}

const RECONCILE_EVERY = 10;
/** How often the jobs change how they read, which is a new revision. */
const SWITCH_EVERY = 5;

/** More would bury the first. */
const MOST_DIFFERENCES = 5;

/** What the model has and what it must have, where these differ, as far as an incremental run can know. */
function differences(actual: NaiveModel, expected: NaiveModel, unseen: ReadonlySet<string>) {
  const found = (Object.keys(expected) as (keyof NaiveModel)[]).flatMap((name) => {
    const keys = new Set([...actual[name].keys(), ...expected[name].keys()]);
    return [...keys]
      .filter((key) => !unseen.has(key))
      .map((key) => ({ name, key, actual: actual[name].get(key), expected: expected[name].get(key) }));
  });
  return found.filter((row) => !isDeepStrictEqual(row.actual, row.expected)).slice(0, MOST_DIFFERENCES);
}

/**
 * Changes an org at random, syncs it, and compares the model with what a naive computation makes of the org: round after round, every tenth with a
 * reconcile. The same seed does the same; what fails names its round and what happened in it.
 */
export async function runRounds(sync: TruthOrg, { seed, rounds }: RoundsOptions): Promise<void> {
  const random = createRandom(seed);
  const naive = createNaiveModel(sync);
  let names = 0;
  const scene: Scene = {
    ...{ sync, random, unseen: new Set<string>(), unseenExtras: new Set<string>() },
    ...{ extra: { isVisible: true, type: 'string' } },
    unique: (prefix) => `${prefix} ${(names += 1)}`,
  };
  for (let round = 0; round <= rounds; round += 1) {
    const isReconcile = round > 0 && round % RECONCILE_EVERY === 0;
    const done: string[] = [];
    if (round > 0) {
      for (let count = 1 + random.below(5); count > 0; count -= 1) {
        const name = random.one(Object.keys(MUTATIONS));
        done.push(name);
        await MUTATIONS[name]?.(scene);
      }
    }
    const late = random.chance(0.15) ? await writeLate(scene) : undefined;
    if (late) done.push('writeLate');
    const minutes = late ? 30 : random.below(25);
    await sync.control('POST', '/orgs/acme/clock', { advanceMs: minutes * 60_000 });
    if (round % SWITCH_EVERY === 0) await sync.switchReading?.();
    const summaries = await sync.runAll(isReconcile ? { mode: 'reconcile' } : {}, random);
    for (const { job, status, reason } of summaries)
      assert.ok(status === 'success' || status === 'partial_success', `${job} ended ${status}: ${reason ?? ''}`);
    if (isReconcile) scene.unseen.clear();
    if (isReconcile && scene.extra.isVisible) scene.unseenExtras.clear();
    const what = `seed ${seed}, round ${round} (${isReconcile ? 'reconcile after ' : ''}${done.join(', ')})`;
    const unseen = new Set([...scene.unseen, ...scene.unseenExtras]);
    const wrong = differences(await modelRows(sync), await naive(scene.extra.isVisible), unseen);
    assert.deepEqual(wrong, [], what);
    await late?.commit();
  }
}
