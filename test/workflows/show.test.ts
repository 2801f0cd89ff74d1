import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countsText } from '../../workflows/show.ts';
import { summaryOf } from './fake-activities.ts';

test('the details of a run say what became of its rows, and of rejects that earlier runs left', () => {
  assert.equal(countsText(summaryOf('a', { read: 0, inserted: 0 })), '0 read');
  const summary = summaryOf('a', { read: 5_000, inserted: 4_998, rejected: 2, openRejects: 1_234, outOfScope: 3 });
  assert.equal(countsText(summary), '5,000 read · 4,998 inserted · 2 rejected · 1,234 open rejects · 3 out of scope');
});
