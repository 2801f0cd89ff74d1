import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOfChoice } from '../../domain/mode-choice.ts';
import { RUN_MODES } from '../../domain/run.ts';

const FROM = '2026-01-05T10:00:00Z';
const TO = '2026-01-06T10:00:00.000Z';

test('every mode is taken, and a backfill with its instants', () => {
  for (const mode of RUN_MODES.filter((name) => name !== 'backfill'))
    assert.equal(problemOfChoice({ mode }), undefined);
  assert.equal(problemOfChoice({}), undefined);
  assert.equal(problemOfChoice({ mode: 'backfill', from: FROM }), undefined);
  assert.equal(problemOfChoice({ mode: 'backfill', from: FROM, to: TO }), undefined);
});

test('what nobody can run like is refused with the reason', () => {
  const cases = [
    [{ mode: 'bogus' }, /"mode" is one of "full", "incremental".*"bogus"/],
    [{ mode: 7 }, /"mode" is one of/],
    [{ mode: 'backfill' }, /needs "from"/],
    [{ mode: 'backfill', from: TO, to: FROM }, /"from" comes before "to"/],
    [{ mode: 'backfill', from: FROM, to: FROM }, /"from" comes before "to"/],
    [{ mode: 'full', from: FROM }, /belong to the mode "backfill"/],
    [{ to: TO }, /belong to the mode "backfill"/],
    // It ends up in SOQL.
    [{ mode: 'backfill', from: "2026-01-05T10:00:00Z OR Name != ''" }, /"from" is an instant/],
    [{ mode: 'backfill', from: '2026-13-45T10:00:00Z' }, /"from" is an instant/],
    [{ mode: 'backfill', from: FROM, to: 5 }, /"to" is an instant/],
  ] as const;
  for (const [choice, problem] of cases) assert.match(problemOfChoice(choice) ?? '', problem);
});
