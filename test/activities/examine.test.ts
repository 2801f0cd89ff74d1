import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ExaminePorts } from '../../activities/examine-context.ts';
import { createExamineActivities } from '../../activities/examine.ts';
import type { SalesforcePort } from '../../activities/sync-ports.ts';
import type { ConnectionSpec } from '../../domain/connection-spec.ts';
import type { ConnectionState } from '../../domain/lifecycle.ts';
import { ACCOUNT } from '../describes.ts';
import { connectionSpec } from '../jobs.ts';
import { at } from '../pages.ts';

const versioned = (apiVersion: string): ConnectionSpec => {
  const spec = connectionSpec('acme', []);
  return { ...spec, salesforce: { ...spec.salesforce, apiVersion } };
};

/** Examines a connection without jobs, and tells by which version its org was asked, and what was kept of its answer. */
async function examine(
  wanted: string,
  { deployed = '62.0', state = 'active' }: { deployed?: string; state?: ConnectionState } = {},
) {
  const asked: string[] = [];
  const kept: string[] = [];
  const ports: ExaminePorts = {
    connection: async () => ({ connectionId: 'c1', state, spec: versioned(deployed) }),
    salesforce: (_connectionId, version) => {
      asked.push(version);
      return { describe: async () => ({ describe: ACCOUNT, serverNow: at(0) }) } as unknown as SalesforcePort;
    },
    listVersions: async () => ['60.0', '61.0', '62.0'],
    listObjects: () => assert.fail('nothing is unknown'),
    readColumns: async () => new Map(),
    describeCache: {
      get: async () => undefined,
      put: async (_connectionId, { describe: { name } }) => void kept.push(name),
    },
  };
  const { examineConnection } = createExamineActivities(ports);
  const input = { connection: 'acme', spec: versioned(wanted), count: [], describe: ['Account'] };
  const work = (): ReturnType<typeof examineConnection> => examineConnection(input);
  const examined = await new MockActivityEnvironment().run<[], Awaited<ReturnType<typeof work>>, typeof work>(work);
  return { asked, kept, ...examined };
}

test('the org is asked by the version of the files, and only describes of the deployed one are kept', async () => {
  const other = await examine('60.0');
  assert.deepEqual([other.asked, other.kept, other.described?.length], [['60.0'], [], 1]);
  const same = await examine('62.0');
  assert.deepEqual([same.asked, same.kept], [['62.0'], ['Account']]);
});

test('a version that the org does not serve is all that is said, deployed or not', async () => {
  for (const deployed of ['62.0', '99.0']) {
    const { asked, findings } = await examine('99.0', { deployed });
    assert.deepEqual(
      [asked, findings.map(({ severity, path }) => [severity, path.join('.')])],
      [[], [['error', 'salesforce.apiVersion']]],
    );
    assert.match(findings[0]?.message ?? '', /"99\.0"\. It serves "60\.0" to "62\.0": use one of them\.$/);
  }
});

test('nobody is asked for a connection that is not active, and the way out is said', async () => {
  const { asked, findings, unexamined } = await examine('62.0', { state: 'reauthorization_required' });
  assert.deepEqual([asked, findings], [[], []]);
  assert.match(unexamined ?? '', /is reauthorization required, .* mooring authorize acme$/);
});
