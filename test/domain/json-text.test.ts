import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { endOfJson } from '../../domain/json-text.ts';

test('the end of an object or array is found whatever it holds, and what follows does not matter', () => {
  const value = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));
  fc.assert(
    fc.property(fc.string(), value, fc.string(), fc.constantFrom(undefined, 1), (before, held, after, indent) => {
      const text = JSON.stringify(held, undefined, indent);
      assert.equal(endOfJson(before + text + after, before.length), before.length + text.length);
    }),
  );
});

test('what ends early has no end', () => {
  for (const text of ['{"a":[1,2]', '["}', '{"a":"\\"}', '']) assert.equal(endOfJson(text, 0), undefined, text);
});
