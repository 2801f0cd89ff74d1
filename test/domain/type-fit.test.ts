import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typeChange, typeFit } from '../../domain/type-fit.ts';

test('a column takes all, some or none of the values of a field', () => {
  const cases = [
    ['int', 'integer', 'fits'],
    ['int', 'bigint', 'fits'],
    ['int', 'numeric', 'fits'],
    ['double', 'integer', 'some'],
    ['currency', 'numeric(18,2)', 'some'],
    ['date', 'timestamptz', 'fits'],
    ['datetime', 'date', 'some'],
    ['string', 'integer', 'some'],
    ['boolean', 'integer', 'none'],
    ['boolean', 'text', 'fits'],
    ['multipicklist', 'text[]', 'fits'],
    ['picklist', 'text[]', 'none'],
    ['date', 'boolean', 'none'],
  ] as const;
  for (const [field, column, fit] of cases) assert.equal(typeFit(field, column), fit, `${field} onto ${column}`);
});

test('a type may only become wider, and it is known whether the table is rewritten', () => {
  const cases = [
    ['integer', 'integer', 'none'],
    ['integer', 'bigint', 'rewrites'],
    ['numeric(10,2)', 'numeric(18, 2)', 'widens'],
    ['numeric(10,2)', 'numeric', 'widens'],
    ['numeric(10,2)', 'numeric(18,4)', 'rewrites'],
    ['numeric(10,2)', 'numeric(10,4)', 'refused'],
    ['numeric', 'numeric(18,2)', 'refused'],
    ['date', 'text', 'rewrites'],
    ['text', 'integer', 'refused'],
    ['bigint', 'integer', 'refused'],
    ['integer', 'numeric(10,2)', 'refused'],
  ] as const;
  for (const [from, to, change] of cases) assert.equal(typeChange(from, to), change, `${from} to ${to}`);
});
