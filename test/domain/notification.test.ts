import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNotifying, ofEndedSync, ofLostGrant } from '../../domain/notification.ts';
import { unrun, type RunSummary } from '../../domain/run.ts';

const everybody = { success: ['ok@acme.example'], failure: ['bad@acme.example'] };
const nobody = { success: [], failure: [] };
const ended = (job: string, status: RunSummary['status'], rejected = 0): RunSummary => ({
  ...unrun(job, 'failed', ''),
  ...{ job, status, rejected, read: 10 },
});
const told = (...jobs: RunSummary[]) => ofEndedSync('acme', everybody, { syncId: 'sync/acme/1', jobs });

test('a lost grant is told to those who are told of failures, with what to do', () => {
  const mail = ofLostGrant('acme', everybody, '7');
  assert.deepEqual([mail?.event, mail?.recipients], ['grant_lost/7', ['bad@acme.example']]);
  assert.match(mail?.body ?? '', /mooring authorize acme/);
  assert.equal(ofLostGrant('acme', nobody, '7'), undefined);
});

test('failed and partly successful runs are told to one list, success to the other', () => {
  const bad = told(ended('user-sync', 'success'), ended('company-sync', 'partial_success', 3));
  assert.deepEqual(bad?.recipients, ['bad@acme.example']);
  assert.equal(bad.subject, '[Mooring] acme: company-sync did not simply succeed');
  assert.match(bad.body, /^company-sync: partial success, 10 rows read, 3 rejected/m);
  const later = told(ended('a', 'failed'), { ...ended('user-sync', 'success'), openRejects: 3 });
  assert.match(later?.body ?? '', /^user-sync: success, 10 rows read, 3 open rejects/m);
  assert.equal(
    told(ended('a', 'failed'), ended('b', 'failed'))?.subject,
    '[Mooring] acme: 2 jobs did not simply succeed',
  );
  const good = told(ended('user-sync', 'success'), ended('relationship-sync', 'skipped'));
  assert.deepEqual([good?.recipients, good?.event], [['ok@acme.example'], 'sync/acme/1']);
});

test('what somebody cancelled or what did not run is told to nobody, and nobody is told without a list', () => {
  assert.equal(told(ended('user-sync', 'cancelled'), ended('company-sync', 'skipped')), undefined);
  assert.equal(told(), undefined);
  assert.equal(ofEndedSync('acme', nobody, { syncId: 's', jobs: [ended('user-sync', 'failed')] }), undefined);
  assert.deepEqual([isNotifying(everybody), isNotifying(nobody)], [true, false]);
});
