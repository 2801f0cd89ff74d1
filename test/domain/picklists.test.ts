import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dropdownListOf, dropdownListsOf, parsePicklistPath, setBits } from '../../domain/picklists.ts';
import type { DescribedObject, DescribedPicklistValue } from '../../domain/describe.ts';
import { describeOf } from '../describes.ts';

const values = (...names: string[]): DescribedPicklistValue[] =>
  names.map((value) => ({ value, label: value, active: true, defaultValue: false }));

const object = (): DescribedObject =>
  describeOf('Account', {
    Name: 'string',
    Country__c: { type: 'picklist', picklistValues: values('DE', 'US', 'FR') },
    Active__c: { type: 'boolean' },
    State__c: {
      type: 'picklist',
      dependentPicklist: true,
      controllerName: 'country__c',
      restrictedPicklist: true,
      picklistValues: [
        { value: 'BY', label: 'Bavaria', active: true, defaultValue: true, validFor: 'gAAA' },
        { value: 'CA', label: null, active: false, defaultValue: false, validFor: 'QAAA' },
        { value: 'X', label: 'Both', active: true, defaultValue: false, validFor: 'YAAA' },
        { value: 'Y', label: 'None', active: true, defaultValue: false, validFor: null },
      ],
    },
    Tags__c: { type: 'multipicklist', picklistValues: values('a', 'b') },
  });

const list = (name: string) => {
  const described = object();
  const field = described.fields.find((candidate) => candidate.name === name);
  return field && dropdownListOf(described, field);
};

test('the bits of validFor are those that Salesforce’s documentation decodes', () => {
  // Salesforce's examples: "gAAA" is the first value, "AAAA" none; six bits a character, the highest first.
  assert.deepEqual(setBits('gAAA'), [0]);
  assert.deepEqual(setBits('AAAA'), []);
  assert.deepEqual(setBits('QAAA'), [1]);
  assert.deepEqual(setBits('4AAA'), [0, 1, 2]);
  assert.deepEqual(setBits('AAAB'), [23]);
  assert.deepEqual(setBits('gA=='), [0]);
});

test('any bitmap comes back as the bits that made it, padded or not', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200)), (bits) => {
      const bytes = Buffer.alloc(Math.ceil((Math.max(-1, ...bits) + 1) / 8));
      for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (128 >> (bit & 7));
      assert.deepEqual(
        setBits(bytes.toString('base64')),
        bits.toSorted((a, b) => a - b),
      );
    }),
    { seed: 20_261_122 },
  );
});

test('a dependent list names the controlling values under which each item is offered', () => {
  const state = list('State__c');
  assert.equal(state?.controller_field, 'country__c');
  assert.equal(state.restricted, true);
  assert.deepEqual(
    state.items.map(({ value, label, active, is_default, display_order, valid_for }) => [
      ...[value, label, active, is_default],
      ...[display_order, valid_for],
    ]),
    [
      ['BY', 'Bavaria', true, true, 0, ['DE']],
      ['CA', 'CA', false, false, 1, ['US']],
      ['X', 'Both', true, false, 2, ['US', 'FR']],
      ['Y', 'None', true, false, 3, null],
    ],
  );
});

test('a checkbox controls as false and true', () => {
  const described = object();
  const field = described.fields.find(({ name }) => name === 'State__c');
  assert.ok(field);
  const items = dropdownListOf(described, { ...field, controllerName: 'Active__c' })?.items;
  assert.deepEqual(
    items?.slice(0, 2).map(({ valid_for }) => valid_for),
    [['false'], ['true']],
  );
});

test('a multi-select picklist is a list of its own kind, and other fields are none', () => {
  assert.equal(list('Tags__c')?.variant, 'multi');
  assert.equal(list('Country__c')?.variant, 'single');
  assert.equal(list('Country__c')?.items[0]?.valid_for, null);
  assert.equal(list('Name'), undefined);
});

test('a star takes every picklist of the object, and a list named twice comes once', () => {
  const paths = ['Account.*', 'Account.country__C'].map(parsePicklistPath);
  const { lists, missing } = dropdownListsOf(object(), paths);
  assert.deepEqual(
    lists.map(({ source_field }) => source_field),
    ['Country__c', 'State__c', 'Tags__c'],
  );
  assert.deepEqual(missing, []);
});

test('a path that names no picklist is told', () => {
  const { missing } = dropdownListsOf(object(), ['Account.Gone__c', 'Account.Name'].map(parsePicklistPath));
  assert.deepEqual(missing, ['Account.Gone__c', 'Account.Name']);
});
