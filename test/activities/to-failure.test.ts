import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { toFailure } from '../../activities/to-failure.ts';
import { MooringError } from '../../domain/errors.ts';

function failureOf(error: unknown, attempt?: number): ApplicationFailure {
  const failure = toFailure(error, attempt);
  assert.ok(failure instanceof ApplicationFailure);
  return failure;
}

test('whether Temporal retries is read from the table of codes', () => {
  assert.equal(failureOf(new MooringError('SF_UNREACHABLE', 'No.')).nonRetryable, false);
  assert.equal(failureOf(new MooringError('SF_GRANT_LOST', 'No.')).nonRetryable, true);
  assert.equal(failureOf(new MooringError('SF_CLIENT_REFUSED', 'No.')).nonRetryable, true);
  assert.equal(failureOf(new MooringError('SF_GRANT_LOST', 'No.')).type, 'SF_GRANT_LOST');
});

test('a wait with a known end is benign and says when to try again', () => {
  const failure = failureOf(new MooringError('SF_BULK_JOB_RUNNING', 'Running.', { retryAfterMs: 5_000 }));
  assert.equal(failure.category, 'BENIGN');
  assert.equal(failure.nextRetryDelay, 5_000);
  assert.equal(failureOf(new MooringError('SF_UNREACHABLE', 'No.')).category ?? undefined, undefined);
});

test('what we cannot name is given up after ten attempts', () => {
  assert.equal(failureOf(new TypeError('x is undefined'), 9).nonRetryable, false);
  assert.equal(failureOf(new TypeError('x is undefined'), 10).nonRetryable, true);
  assert.equal(failureOf(new MooringError('RUN_UNKNOWN', 'No.'), 10).nonRetryable, true);
});

test('an outage of the database is waited for, however long', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
  const shutdown = Object.assign(new Error('terminating connection'), { code: '57P01', severity: 'FATAL' });
  for (const error of [
    refused,
    new AggregateError([refused]),
    shutdown,
    new Error('Connection terminated unexpectedly'),
  ]) {
    const failure = failureOf(error, 1_000);
    assert.deepEqual([failure.type, failure.nonRetryable], ['PG_UNREACHABLE', false]);
  }
});

test('neither causes nor the words of the database reach event history', () => {
  const database = Object.assign(new Error('invalid input syntax for type integer: "jane@acme.com"'), {
    severity: 'ERROR',
    code: '22P02',
    detail: 'Failing row contains (jane@acme.com).',
  });
  const named = failureOf(new MooringError('PG_UNREACHABLE', 'PostgreSQL cannot be used.', { cause: database }));
  for (const failure of [failureOf(database), named]) {
    assert.doesNotMatch(`${failure.message}${failure.stack ?? ''}`, /jane/);
    assert.equal(failure.cause, undefined);
  }
  assert.equal(failureOf(database).type, 'SQLSTATE_22P02');
});

test('a cancellation stays one', () => {
  const cancelled = new CancelledFailure('Cancelled.');
  assert.equal(toFailure(cancelled), cancelled);
});
