import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

const BASE64 = /^[A-Za-z0-9+/]{8,}={0,2}$/;

/** Every text of a JSON document, and what those that are base64 stand for: payloads of event history are. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return BASE64.test(value) ? [value, Buffer.from(value, 'base64').toString()] : [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, one]) => [key, ...textsOf(one)]);
  return [];
}

const plain = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

/** All that Temporal keeps of one run of a workflow: history, search attributes, memo, summaries. */
export async function keptOfRun(client: Client, workflowId: string, runId?: string): Promise<string> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { raw } = await handle.describe();
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  return textsOf([history, plain(raw)]).join('\n');
}

/** What a workflow shows of itself while a worker runs: its current details, and its handlers. */
export async function shownOf(client: Client, workflowId: string): Promise<string> {
  return textsOf(await client.workflow.getHandle(workflowId).query('__temporal_workflow_metadata')).join('\n');
}

/** All that a namespace keeps, by where it lies: every run of every workflow, what visibility says of it, every schedule. */
export async function keptByTemporal(client: Client): Promise<Map<string, string>> {
  const kept = new Map<string, string>();
  for await (const { workflowId, runId, raw } of client.workflow.list()) {
    const run = await keptOfRun(client, workflowId, runId);
    kept.set(`workflow ${workflowId} ${runId}`, `${run}\n${textsOf(plain(raw)).join('\n')}`);
  }
  for await (const { scheduleId } of client.schedule.list()) {
    const { raw } = await client.schedule.getHandle(scheduleId).describe();
    kept.set(`schedule ${scheduleId}`, textsOf(plain(raw)).join('\n'));
  }
  return kept;
}
