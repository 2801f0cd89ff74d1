import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import * as workflows from '../../workflows/index.ts';
import { bundleWorkflows } from '../../worker.ts';

Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
});

interface Event {
  readonly eventType: string;
  readonly workflowExecutionStartedEventAttributes?: { readonly workflowType: { readonly name: string } };
  readonly activityTaskScheduledEventAttributes?: { activityType: { name: string } };
}

interface Recording {
  readonly name: string;
  readonly type: string;
  readonly history: { readonly events: readonly Event[] };
}

async function recordings(): Promise<Recording[]> {
  const names = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => {
      const history = JSON.parse(await readFile(join(import.meta.dirname, name), 'utf8')) as Recording['history'];
      const type = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name ?? '';
      return { name, type, history };
    }),
  );
}

const all = await recordings();
const workflowBundle = await bundleWorkflows();
const replay = ({ history }: Pick<Recording, 'history'>): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle }, structuredClone(history), 'replayed');

test('there is a recorded history of every workflow type', () => {
  assert.deepEqual([...new Set(all.map(({ type }) => type))].sort(), Object.keys(workflows).sort());
});

for (const recording of all) {
  test(`the workflows still do what ${recording.name} says`, () => replay(recording));
}

for (const type of Object.keys(workflows)) {
  test(`a history of ${type} in which another activity ran is noticed`, async () => {
    const found = all.find((recording) => recording.type === type);
    assert.ok(found);
    const tampered = structuredClone(found.history);
    const scheduled = tampered.events.find(({ activityTaskScheduledEventAttributes: attributes }) => attributes);
    assert.ok(scheduled?.activityTaskScheduledEventAttributes);
    scheduled.activityTaskScheduledEventAttributes.activityType.name = 'somethingElse';
    await assert.rejects(replay({ history: tampered }), DeterminismViolationError);
  });
}

test('recorded histories name no machine', () => {
  for (const { name, history } of all) {
    assert.doesNotMatch(JSON.stringify(history), /"identity":"(?!recorder)/, name);
    assert.doesNotMatch(JSON.stringify(history), /"stackTrace":"[^"]/, `${name} tells where the sources lay`);
  }
});
