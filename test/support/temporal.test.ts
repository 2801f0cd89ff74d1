import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineSearchAttributeKey } from '@temporalio/common';
import { testTemporal } from './temporal.ts';

test('a workflow with our search attributes starts on the test server at once', async () => {
  const { client, taskQueue, unique } = await testTemporal();
  const workflowId = unique('nobody');
  const handle = await client.workflow.start('nobody', {
    taskQueue,
    workflowId,
    typedSearchAttributes: [{ key: defineSearchAttributeKey('MooringConnection', 'KEYWORD'), value: 'acme' }],
  });
  assert.equal((await handle.describe()).status.name, 'RUNNING');
  await handle.terminate();
});
