import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FEWEST_SCENARIOS, outcomesOf, problemsOf, type ClientReport, type Outcome } from './outcome.ts';

const passed = Array.from({ length: FEWEST_SCENARIOS }, (_, index): Outcome => ({
  scenario: `${index}`,
  passed: true,
}));
const report = (more: Partial<ClientReport>): ClientReport => ({
  client: 'client',
  outcomes: passed,
  status: 0,
  complaints: '',
  ...more,
});

test('outcomes are found among whatever else a client prints', () => {
  const text =
    'warning\n{"scenario":"a","passed":true}\n{"other":1}\n{"scenario":"b","passed":false,"difference":"1 != 2"}\n';
  assert.deepEqual(outcomesOf(text), [
    { scenario: 'a', passed: true },
    { scenario: 'b', passed: false, difference: '1 != 2' },
  ]);
});

test('a run of enough scenarios that all passed has no problem', () => {
  assert.deepEqual(problemsOf(report({})), []);
});

test('a failed scenario is named, with its difference', () => {
  const outcomes = [...passed, { scenario: 'login', passed: false, difference: 'got 1, expected 2' }];
  assert.deepEqual(problemsOf(report({ outcomes, status: 1 })), ['client: "login" failed.\ngot 1, expected 2']);
});

test('a scenario counts once, and too few are a problem', () => {
  const outcomes = [...passed.slice(1), { scenario: '5', passed: true }];
  assert.deepEqual(problemsOf(report({ outcomes })), [
    'client: two scenarios are called "5".',
    'client ran 24 scenarios; 25 are the fewest.',
  ]);
});

test('a client that ended early is a problem, though all it reported had passed', () => {
  assert.deepEqual(problemsOf(report({ status: 1, complaints: 'Traceback' })), [
    'client ended with status 1.\nTraceback',
  ]);
});
