import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findCycle, ready, type Node } from '../../domain/dependency-order.ts';
import { catalogJobs } from '../../config/catalog.ts';

/** The waves in which jobs start when every job of a wave ends before the next. */
function waves(nodes: readonly Node[]): string[][] {
  const ended = new Set<string>();
  const all: string[][] = [];
  for (let wave = ready(nodes, ended, ended); wave.length > 0; wave = ready(nodes, ended, ended)) {
    all.push(wave);
    for (const name of wave) ended.add(name);
  }
  return all;
}

test('the six jobs start in their order, and siblings together', () => {
  assert.deepEqual(waves(catalogJobs()), [
    ['picklist-sync'],
    ['user-sync'],
    ['company-sync'],
    ['company-person-sync', 'relationship-type-sync'],
    ['relationship-sync'],
  ]);
});

test('a job that is not part of the sync holds nothing back', () => {
  assert.deepEqual(waves(catalogJobs().filter(({ name }) => name === 'relationship-sync')), [['relationship-sync']]);
});

test('a job that has started is not started again, and one whose predecessor still runs waits', () => {
  const nodes = [
    { name: 'a', after: [] },
    { name: 'b', after: ['a'] },
  ];
  assert.deepEqual(ready(nodes, new Set(['a']), new Set()), []);
  assert.deepEqual(ready(nodes, new Set(['a']), new Set(['a'])), ['b']);
});

test('a cycle is told whole, first and last the same', () => {
  const nodes = [
    { name: 'a', after: ['c'] },
    { name: 'b', after: ['a'] },
    { name: 'c', after: ['b'] },
    { name: 'd', after: ['a', 'gone'] },
  ];
  assert.deepEqual(findCycle(nodes), ['a', 'c', 'b', 'a']);
  assert.deepEqual(findCycle([{ name: 'a', after: ['a'] }]), ['a', 'a']);
  assert.equal(findCycle(catalogJobs()), undefined);
});

test('in any graph every job runs exactly when there is no cycle, and never before what it comes after', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const graph = fc.tuple(...names.map((name) => fc.subarray(names).map((after): Node => ({ name, after }))));
  fc.assert(
    fc.property(graph, (nodes) => {
      const order = waves(nodes).flat();
      assert.equal(order.length === names.length, findCycle(nodes) === undefined);
      for (const { name, after } of nodes)
        for (const before of after) if (order.includes(name)) assert.ok(order.indexOf(before) < order.indexOf(name));
    }),
    { seed: 20_261_122 },
  );
});
