import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseType, columnTypeOf } from '../../domain/column-types.ts';

test('every Salesforce type has a column that keeps all its values, and unknown types are text', () => {
  const types = [
    'boolean',
    'int',
    'long',
    'double',
    'currency',
    'percent',
    'date',
    'datetime',
    'time',
    'multipicklist',
  ];
  assert.deepEqual(types.map(columnTypeOf), [
    ...['boolean', 'integer', 'bigint', 'numeric', 'numeric', 'numeric', 'date', 'timestamptz', 'time', 'text[]'],
  ]);
  for (const type of ['string', 'id', 'reference', 'picklist', 'encryptedstring', 'of-next-year'])
    assert.equal(columnTypeOf(type), 'text');
});

test('precision and length are no part of a base type', () => {
  assert.deepEqual(['numeric(18,2)', 'varchar (40)', 'text[]'].map(baseType), ['numeric', 'varchar', 'text[]']);
});
