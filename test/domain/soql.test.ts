import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectStatement } from '../../domain/soql.ts';

const base = { object: 'Account', paths: ['Id', 'Owner.Name'], filters: [] };

test('a query without conditions has no WHERE', () => {
  assert.equal(selectStatement(base), 'SELECT Id, Owner.Name FROM Account');
});

test('conditions of the user keep their own OR, and the window holds for all of them', () => {
  assert.equal(
    selectStatement({
      ...base,
      filters: ["Type = 'a' OR Type = 'b'", 'IsPersonAccount = false'],
      window: { field: 'SystemModstamp', from: '2026-01-05T10:00:00.000Z' },
    }),
    "SELECT Id, Owner.Name FROM Account WHERE (Type = 'a' OR Type = 'b') AND (IsPersonAccount = false) AND SystemModstamp >= 2026-01-05T10:00:00.000Z",
  );
});

test('nothing is ordered or limited, which would switch off parallel reading', () => {
  assert.doesNotMatch(selectStatement(base), /ORDER BY|LIMIT/);
});
