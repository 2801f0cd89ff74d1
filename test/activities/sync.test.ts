import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { ApplicationFailure } from '@temporalio/common';
import type { JobContext } from '../../activities/sync-ports.ts';
import { MooringError } from '../../domain/errors.ts';
import { NO_ROWS } from '../../domain/run.ts';
import { ACCOUNT, describeOf, USER } from '../describes.ts';
import { catalogJob, customJob, field, rowsSoql } from '../jobs.ts';
import { at } from '../pages.ts';
import { CONTEXT, failsWith, fakeSync, orgOf, usualOrg } from './sync-fakes.ts';

const BEGIN = { connection: 'acme', job: 'company-sync', workflowRunId: 'w1' };
const page = (totalSize: number, nextLocator?: string) => async () => ({
  text: '{}',
  totalSize,
  ...(nextLocator === undefined ? {} : { nextLocator }),
});

test('a run begins with the plan, the window and what it cost', async () => {
  const sync = fakeSync({ context: { watermark: at(-60) } });
  const begun = await sync.run('beginRun', { ...BEGIN, syncId: 'sync/acme/1' });
  assert.deepEqual(begun, { runId: 'run-1', object: 'Account', table: 'company', mode: 'incremental', readings: 1 });
  const run = sync.stored.get('run-1');
  assert.match(rowsSoql(run?.plan), /SystemModstamp >= 2026-01-05T09:00:00\.000Z/);
  assert.deepEqual([run?.nextWatermark, run?.apiCalls], [at(-10), 2]);
  assert.deepEqual(sync.log, ['company-sync available']);
});

test('the first run, and one that is asked to, reads everything', async () => {
  for (const [context, mode] of [
    [{}, undefined],
    [{ watermark: at(-60) }, 'full'],
  ] as const) {
    const sync = fakeSync({ context });
    const begun = await sync.run('beginRun', { ...BEGIN, ...(mode === undefined ? {} : { mode }) });
    assert.ok('mode' in begun && begun.mode === 'full');
    assert.doesNotMatch(rowsSoql(sync.stored.get('run-1')?.plan), /WHERE/);
  }
});

test('a beginning that is repeated asks the org for nothing and gets the same run', async () => {
  const sync = fakeSync();
  const first = await sync.run('beginRun', BEGIN);
  const calls = sync.org.calls();
  assert.deepEqual(await sync.run('beginRun', BEGIN, 2), first);
  assert.equal(sync.org.calls(), calls);
});

test('a connection that is not active runs nothing, a disabled job is skipped', async () => {
  const cases: readonly [Partial<JobContext>, string | undefined][] = [
    [{ connectionState: 'revoked' }, 'CONNECTION_NOT_AUTHORIZED'],
    [{ connectionState: 'reauthorization_required' }, 'CONNECTION_NOT_AUTHORIZED'],
    [{ job: { ...CONTEXT.job, enabled: false } }, undefined],
  ];
  for (const [context, errorCode] of cases) {
    const begun = await fakeSync({ context, org: orgOf({}) }).run('beginRun', BEGIN);
    assert.ok('summary' in begun);
    assert.deepEqual([begun.summary.status, begun.summary.errorCode], ['skipped', errorCode]);
  }
});

const withoutObject = async (): Promise<never> => {
  throw new MooringError('SF_OBJECT_UNKNOWN', 'Describing failed.');
};

test('a job whose object the org may lack is unavailable; of any other that is an error', async () => {
  const org = orgOf({ describe: withoutObject });
  const optional = fakeSync({ org, context: { job: catalogJob('relationship-sync') } });
  const begun = await optional.run('beginRun', BEGIN);
  assert.ok('summary' in begun && begun.summary.status === 'skipped');
  assert.match(optional.log[0] ?? '', /^relationship-sync unavailable .*"JBCXM__GSRelationship__c"/);
  await assert.rejects(fakeSync({ org }).run('beginRun', BEGIN), failsWith('SF_OBJECT_UNKNOWN'));
});

test('a parent that the org lacks is a problem of its mapping, and none of an optional one', async () => {
  const object = describeOf('Deal', {
    Name: 'string',
    OwnerId: { type: 'reference', referenceTo: ['User'], relationshipName: 'Owner' },
  });
  const describe = (name: string) =>
    name === 'Deal' ? Promise.resolve({ describe: object, serverNow: at(0) }) : withoutObject();
  const job = (optional: boolean) =>
    customJob('Deal', [field('sfid', 'Id'), field('owner', 'Owner.Name', { optional })]);
  const sync = (optional: boolean) => fakeSync({ org: usualOrg({ describe }), context: { job: job(optional) } });
  await sync(true).run('beginRun', BEGIN);
  await assert.rejects(sync(false).run('beginRun', BEGIN), failsWith('SF_FIELD_UNKNOWN'));
});

test('each object is described once, and from the cache when nothing has changed', async () => {
  const asked: (readonly [string, string | undefined])[] = [];
  const stored: string[] = [];
  const org = usualOrg({
    describe: async (object, lastModified) => {
      asked.push([object, lastModified]);
      return object === 'Account' ? { serverNow: at(0) } : { describe: USER, lastModified: 'today', serverNow: at(0) };
    },
  });
  const job = customJob('Account', [field('sfid', 'Id'), field('a', 'Owner.Name'), field('b', 'Owner.Manager.Name')]);
  const sync = fakeSync({
    org,
    context: { job },
    ports: {
      describeCache: {
        get: async (_connection, object) =>
          object === 'Account' ? { describe: ACCOUNT, lastModified: 'monday' } : undefined,
        put: async (_connection, { describe }) => void stored.push(describe.name),
      },
    },
  });
  await sync.run('beginRun', BEGIN);
  assert.deepEqual(asked, [
    ['Account', 'monday'],
    ['User', undefined],
  ]);
  assert.deepEqual(stored, ['User']);
});

test('an object that is not replicateable is not asked how far its changes are complete', async () => {
  const org = orgOf({ describe: async () => ({ describe: { ...ACCOUNT, replicateable: false }, serverNow: at(0) }) });
  const sync = fakeSync({ org });
  await sync.run('beginRun', BEGIN);
  assert.equal(sync.stored.get('run-1')?.nextWatermark, at(-10));
});

test('a small result comes by REST, its first page at once and the others one by one', async () => {
  const org = usualOrg({ query: page(2_001, '/next'), queryMore: page(1) });
  const sync = fakeSync({ org });
  const runId = await sync.begin();
  assert.deepEqual(await sync.run('extract', { runId, reading: 0 }), {
    strategy: 'rest',
    next: 'load-pages',
    rowsExpected: 2_001,
    firstPage: 0,
  });
  const second = await sync.run('loadPage', { runId, page: 1 });
  assert.deepEqual([second.counts.read, second.hasNext], [1, false]);
  assert.deepEqual(sync.log.slice(1), ['loaded 0', 'loaded 1']);
  assert.equal(sync.stored.get(runId)?.apiCalls, 5);
});

test('an extraction that is repeated after its first page was loaded asks for nothing', async () => {
  for (const next of [undefined, '/next']) {
    const sync = fakeSync({ org: usualOrg({ query: page(5, next) }) });
    const runId = await sync.begin();
    const first = await sync.run('extract', { runId, reading: 0 });
    const calls = sync.org.calls();
    const again = await sync.run('extract', { runId, reading: 0 }, 2);
    assert.deepEqual([again.next, again.strategy], [first.next, 'rest']);
    assert.equal(sync.org.calls(), calls);
    assert.deepEqual(sync.log.slice(1), ['loaded 0']);
  }
});

test('a reading whose cursor the org has forgotten is not tried again; asked for anew, it goes on behind what was loaded', async () => {
  const lost = async (): Promise<never> => {
    throw new MooringError('SF_CURSOR_LOST', 'Invalid locator.');
  };
  const org = usualOrg({ query: page(4_001, '/next'), queryMore: lost });
  const sync = fakeSync({ org });
  const runId = await sync.begin();
  await sync.run('extract', { runId, reading: 0 });
  await assert.rejects(sync.run('loadPage', { runId, page: 1 }), failsWith('SF_CURSOR_LOST'));
  for (const attempt of [1, 2]) {
    await sync.run('restartReading', { runId }, attempt);
    assert.deepEqual([sync.stored.get(runId)?.firstPage, sync.pages.has(`${runId}/1`)], [1, false]);
  }
  const again = await sync.run('extract', { runId, reading: 0 });
  assert.deepEqual([again.firstPage, again.next], [1, 'load-pages']);
  assert.deepEqual(sync.log.slice(1), ['loaded 0', 'loaded 1']);
  assert.equal(sync.stored.get(runId)?.apiCalls, 7, 'the call that failed counts too');
});

test('a large result and a job that says so go by Bulk', async () => {
  const cases = [
    [CONTEXT.job, 10_001],
    [{ ...CONTEXT.job, extract: 'bulk' as const }, undefined],
  ] as const;
  for (const [job, total] of cases) {
    const created: (readonly [string, boolean])[] = [];
    const org = usualOrg({
      createJob: async (soql, { all }) => {
        created.push([soql, all]);
        return '750';
      },
      ...(total === undefined ? {} : { query: page(total) }),
    });
    const sync = fakeSync({ org, context: { job } });
    const runId = await sync.begin();
    const extracted = await sync.run('extract', { runId, reading: 0 });
    assert.deepEqual(extracted, { strategy: 'bulk', next: 'await-bulk', rowsExpected: total ?? 0, firstPage: 0 });
    assert.deepEqual(created, [[rowsSoql(sync.stored.get(runId)?.plan), false]]);
    assert.deepEqual(await sync.run('extract', { runId, reading: 0 }, 2), { ...extracted, rowsExpected: 0 });
    assert.equal(created.length, 1);
  }
});

test('a job that must go by REST does, however much it reads', async () => {
  const sync = fakeSync({
    org: usualOrg({ query: page(50_000, '/next') }),
    context: { job: { ...CONTEXT.job, extract: 'rest' } },
  });
  assert.equal((await sync.run('extract', { runId: await sync.begin(), reading: 0 })).strategy, 'rest');
});

test('an object that Bulk turns out to refuse goes on by REST, and what it refuses otherwise is a failure', async () => {
  const refuse = (code: 'SF_QUERY_REFUSED' | 'SF_FORBIDDEN') =>
    usualOrg({
      query: page(50_000, '/next'),
      createJob: () => Promise.reject(new MooringError(code, 'Creating a Bulk job failed.')),
    });
  const sync = fakeSync({ org: refuse('SF_QUERY_REFUSED') });
  const runId = await sync.begin();
  const extracted = await sync.run('extract', { runId, reading: 0 });
  assert.deepEqual(extracted, { strategy: 'rest', next: 'load-pages', rowsExpected: 50_000, firstPage: 0 });
  assert.equal(sync.stored.get(runId)?.strategy, 'rest');

  const forbidden = fakeSync({ org: refuse('SF_FORBIDDEN') });
  const begun = await forbidden.begin();
  await assert.rejects(forbidden.run('extract', { runId: begun, reading: 0 }), { type: 'SF_FORBIDDEN' });
  const byBulk = fakeSync({
    org: refuse('SF_QUERY_REFUSED'),
    context: { job: { ...CONTEXT.job, extract: 'bulk' } },
  });
  const asked = await byBulk.begin();
  await assert.rejects(byBulk.run('extract', { runId: asked, reading: 0 }), { type: 'SF_QUERY_REFUSED' });
});

test('rows that the org has counted are asked for by Bulk at once, and by a query where it counts few, or none, or not', async () => {
  const refused = async (): Promise<never> => {
    throw new MooringError('SF_FORBIDDEN', 'No access to limits.');
  };
  for (const [recordCount, asked] of [
    [async () => 10_001, 'bulk'],
    [async () => 10_000, 'query'],
    [async () => 0, 'query'],
    [refused, 'query'],
  ] as const) {
    const calls: string[] = [];
    const sync = fakeSync({
      org: usualOrg({
        recordCount,
        query: async () => {
          calls.push('query');
          return page(5)();
        },
        createJob: async () => {
          calls.push('bulk');
          return '750';
        },
      }),
    });
    const { strategy, rowsExpected } = await sync.run('extract', { runId: await sync.begin(), reading: 0 });
    assert.deepEqual(calls, [asked]);
    assert.deepEqual([strategy, rowsExpected], asked === 'bulk' ? ['bulk', 10_001] : ['rest', 5]);
  }
});

test('an object of many rows that Bulk turns out not to know goes by REST', async () => {
  const org = usualOrg({
    recordCount: async () => 20_000,
    createJob: async () => {
      throw new MooringError('SF_QUERY_REFUSED', 'Entity is not supported by the Bulk API.');
    },
    query: page(20_000, '/next'),
  });
  const sync = fakeSync({ org });
  assert.equal((await sync.run('extract', { runId: await sync.begin(), reading: 0 })).strategy, 'rest');
});

test('an object that Bulk refuses goes by REST, however large it is', async () => {
  const sync = fakeSync({
    org: usualOrg({
      describe: async () => ({ describe: describeOf('TaskStatus', { Id: 'id' }), serverNow: at(0) }),
      query: page(50_000, '/next'),
    }),
    context: { job: customJob('TaskStatus', [field('sfid', 'Id')]) },
  });
  assert.equal((await sync.run('extract', { runId: await sync.begin(), reading: 0 })).strategy, 'rest');
});

test('an incremental read includes deleted rows, a full one does not', async () => {
  for (const [context, expected] of [
    [{ watermark: at(-60) }, true],
    [{}, false],
  ] as const) {
    let asked: boolean | undefined;
    const org = usualOrg({
      query: async (_soql, { all }) => {
        asked = all;
        return page(0)();
      },
    });
    const sync = fakeSync({ org, context });
    await sync.run('extract', { runId: await sync.begin(), reading: 0 });
    assert.equal(asked, expected);
  }
});

/** A run whose Bulk job passes through these states, one a look. */
async function bulkRun(...states: readonly ('InProgress' | 'JobComplete' | 'Failed' | 'Aborted')[]) {
  const left = [...states];
  const sync = fakeSync({
    org: usualOrg({
      query: page(20_000),
      createJob: async () => '750',
      jobInfo: async () => {
        const state = (left.length > 1 ? left.shift() : left[0]) ?? 'InProgress';
        const complete = { numberRecordsProcessed: 20_000, result: { locator: '/a', pages: 2 } };
        return { state, errorMessage: 'It\n broke', ...(state === 'JobComplete' ? complete : {}) };
      },
      openResultPage: async (locator) => ({
        bytes: Readable.from([locator]),
        ...(locator === '/a' ? { nextLocator: '/b' } : {}),
      }),
      abortJob: async () => void sync.log.push('aborted'),
    }),
  });
  const runId = await sync.begin();
  await sync.run('extract', { runId, reading: 0 });
  return { ...sync, runId };
}

test('a Bulk job that completes while we look is read at once, each page telling where the next one is', async () => {
  const sync = await bulkRun('InProgress', 'InProgress', 'JobComplete');
  assert.deepEqual(await sync.run('awaitBulk', { runId: sync.runId }), { pages: 2 });
  const first = await sync.run('loadPage', { runId: sync.runId, page: 0 });
  const last = await sync.run('loadPage', { runId: sync.runId, page: 1 });
  assert.deepEqual([first.hasNext, last.hasNext, first.counts.read], [true, false, 10]);
  assert.deepEqual(sync.log.slice(1), ['streamed /a', 'streamed /b']);
});

test('a Bulk job that goes on is waited for by Temporal, which is no alarm, and a later attempt looks once', async () => {
  const sync = await bulkRun('InProgress');
  const running = (error: unknown): true => {
    const after = Number((error as ApplicationFailure).nextRetryDelay);
    assert.ok(after > 1_000 && after < 120_000, `it is looked at again after ${after} ms`);
    return failsWith('SF_BULK_JOB_RUNNING', { retried: true, after })(error);
  };
  await assert.rejects(sync.run('awaitBulk', { runId: sync.runId }), running);
  const calls = sync.org.calls();
  // By now it has taken seconds, and half of them is longer than a worker waits.
  await assert.rejects(sync.run('awaitBulk', { runId: sync.runId }, 2), running);
  assert.equal(sync.org.calls(), calls + 1);
});

test('a large Bulk job is not asked about before it can be done', async () => {
  const sync = await bulkRun('JobComplete');
  await sync.runs.setStrategy(sync.runId, 'bulk', 3_000_000);
  const calls = sync.org.calls();
  await assert.rejects(
    sync.run('awaitBulk', { runId: sync.runId }),
    failsWith('SF_BULK_JOB_RUNNING', { retried: true, after: 15_000 }),
  );
  assert.equal(sync.org.calls(), calls);
});

test('a page waits until the one before it says where it is, and is empty when that one was the last', async () => {
  const sync = await bulkRun('JobComplete');
  const { runId } = sync;
  await sync.run('awaitBulk', { runId });
  await assert.rejects(
    sync.run('loadPage', { runId, page: 1 }),
    failsWith('SF_PAGE_PENDING', { retried: true, after: 2_000 }),
  );
  const [second] = await Promise.all([
    sync.run('loadPage', { runId, page: 1 }, 2),
    sync.run('loadPage', { runId, page: 0 }),
  ]);
  assert.deepEqual([second.counts.read, second.hasNext], [10, false]);
  const behind = await sync.run('loadPage', { runId, page: 2 });
  assert.deepEqual(behind, { counts: NO_ROWS, hasNext: false });
});

test('a Bulk job that failed or was aborted at Salesforce ends the run, with Salesforce’s words on one line', async () => {
  for (const state of ['Failed', 'Aborted'] as const) {
    const sync = await bulkRun(state);
    await assert.rejects(sync.run('awaitBulk', { runId: sync.runId }), (error) => {
      failsWith('SF_BULK_JOB_FAILED')(error);
      assert.match((error as Error).message, new RegExp(`ended ${state} at Salesforce: It broke\\.$`));
      return true;
    });
  }
});

test('a page that was loaded is not read again, and its first counts come back', async () => {
  const sync = await bulkRun('JobComplete');
  await sync.run('awaitBulk', { runId: sync.runId });
  const first = await sync.run('loadPage', { runId: sync.runId, page: 0 });
  assert.deepEqual(await sync.run('loadPage', { runId: sync.runId, page: 0 }, 2), first);
  assert.deepEqual(sync.log.slice(1), ['streamed /a']);
});

test('a page that is not there is a bug, and not tried for ever', async () => {
  const sync = await bulkRun('JobComplete');
  // The Bulk job has not been waited for, so that not even its first page is known.
  await assert.rejects(
    sync.run('loadPage', { runId: sync.runId, page: 0 }),
    failsWith('RUN_UNKNOWN', { retried: true }),
  );
  await assert.rejects(sync.run('loadPage', { runId: sync.runId, page: 0 }, 10), failsWith('RUN_UNKNOWN'));
});

test('a page of a run that was replaced is not tried again', async () => {
  const sync = fakeSync({
    org: usualOrg({ query: page(1) }),
    ports: {
      loadText: async () => {
        throw new MooringError('FENCED', 'Replaced.');
      },
    },
  });
  await assert.rejects(sync.run('extract', { runId: await sync.begin(), reading: 0 }), failsWith('FENCED'));
});

test('the calls of a failed attempt are counted as well', async () => {
  const sync = fakeSync({
    org: usualOrg({
      query: async () => {
        throw new MooringError('SF_DAILY_LIMIT', 'Wait.', { retryAfterMs: 900_000 });
      },
    }),
  });
  const runId = await sync.begin();
  await assert.rejects(
    sync.run('extract', { runId, reading: 0 }),
    failsWith('SF_DAILY_LIMIT', { retried: true, after: 900_000 }),
  );
  assert.equal(sync.stored.get(runId)?.apiCalls, 4);
});

test('a run that ends badly aborts its Bulk job; that this fails is no matter', async () => {
  const failed = { status: 'failed', errorCode: 'X', errorMessage: 'No.' } as const;
  const sync = await bulkRun('InProgress');
  assert.equal((await sync.run('finishRun', { runId: sync.runId, end: { status: 'success' } })).status, 'success');
  assert.ok(!sync.log.includes('aborted'));
  assert.equal((await sync.run('finishRun', { runId: sync.runId, end: failed })).status, 'failed');
  assert.ok(sync.log.includes('aborted'));
  const deaf = fakeSync({
    org: usualOrg({
      query: page(20_000),
      createJob: async () => '750',
      abortJob: async () => {
        throw new MooringError('SF_GRANT_LOST', 'Revoked.');
      },
    }),
  });
  const runId = await deaf.begin();
  await deaf.run('extract', { runId, reading: 0 });
  assert.equal((await deaf.run('finishRun', { runId, end: { ...failed, status: 'cancelled' } })).status, 'cancelled');
});

const picklistJob = (picklists: readonly string[], optionalPicklists: readonly string[]) =>
  catalogJob('picklist-sync', { source: { picklists, optionalPicklists } });
const rated = describeOf('Account', {
  Rating: { type: 'picklist', picklistValues: [{ value: 'Hot', label: 'Hot', active: true, defaultValue: false }] },
});
const picklistOrg = orgOf({
  describe: (object) =>
    object === 'Account' ? Promise.resolve({ describe: rated, serverNow: at(0) }) : withoutObject(),
});

test('picklists are read from describe, one call an object, and what is optional may be missing', async () => {
  const job = picklistJob(['Account.Rating'], ['Account.Gone__c', 'Gone__c.Status__c']);
  const given: unknown[] = [];
  const sync = fakeSync({
    org: picklistOrg,
    context: { job },
    ports: {
      loadPicklists: async (run, schema, lists, named) => {
        given.push(
          schema,
          lists.map(({ source_field }) => source_field),
          named.length,
        );
        return sync.load(run.runId, 0, 1);
      },
    },
  });
  const begun = await sync.run('beginRun', { ...BEGIN, job: job.name });
  assert.ok('runId' in begun && begun.object === 'describe');
  const counts = await sync.run('loadPicklists', { connection: 'acme', runId: begun.runId });
  assert.deepEqual(given, ['model', ['Rating'], 3]);
  assert.deepEqual(await sync.run('loadPicklists', { connection: 'acme', runId: begun.runId }, 2), counts);
  assert.equal(given.length, 3);
});

test('picklists that must be there and are not are named, all of them', async () => {
  const job = picklistJob(['Account.Rating', 'Account.Gone__c', 'Gone__c.Status__c'], []);
  const sync = fakeSync({ org: picklistOrg, context: { job } });
  const begun = await sync.run('beginRun', BEGIN);
  assert.ok('runId' in begun);
  await assert.rejects(sync.run('loadPicklists', { connection: 'acme', runId: begun.runId }), (error) => {
    failsWith('SF_FIELD_UNKNOWN')(error);
    assert.match((error as Error).message, /"Account\.Gone__c", "Gone__c\.Status__c"/);
    return true;
  });
});
