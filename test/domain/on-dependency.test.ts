import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyHeldBack, type OnDependency } from '../../domain/on-dependency.ts';
import type { RunSummary } from '../../domain/run.ts';

const why = (
  onDependency: OnDependency | undefined,
  status: RunSummary['status'],
  heldBack: readonly string[] = [],
): string | undefined =>
  whyHeldBack(
    { after: ['elsewhere', 'first'], ...(onDependency === undefined ? {} : { onDependency }) },
    { summaries: new Map([['first', { job: 'first', status }]]), heldBack: new Set(heldBack) },
  );

test('a job runs after success in any case, and after nothing that the sync does not run', () => {
  for (const each of [undefined, 'success', 'partial', 'any'] as const) assert.equal(why(each, 'success'), undefined);
  assert.equal(whyHeldBack({ after: ['first'] }, { summaries: new Map(), heldBack: new Set() }), undefined);
});

test('rejects of a dependency hold back who waits for success, and nobody else', () => {
  assert.equal(
    why('success', 'partial_success'),
    'Job "first", which it comes after, ended with rejects, and "onDependency: success" waits for all rows.',
  );
  for (const each of [undefined, 'partial', 'any'] as const) assert.equal(why(each, 'partial_success'), undefined);
});

test('a failed, cancelled or held back dependency holds everybody back but who runs after any', () => {
  for (const each of [undefined, 'success', 'partial'] as const) {
    assert.equal(why(each, 'failed'), 'Job "first", which it comes after, ended failed.');
    assert.equal(why(each, 'cancelled'), 'Job "first", which it comes after, ended cancelled.');
    assert.equal(why(each, 'skipped', ['first']), 'Job "first", which it comes after, was skipped.');
    assert.equal(why(each, 'skipped'), undefined, 'the org does not offer it');
  }
  for (const status of ['failed', 'cancelled', 'skipped'] as const)
    assert.equal(why('any', status, ['first']), undefined);
});
