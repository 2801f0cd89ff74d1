import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest, didYouMean, listOf, quote } from '../../domain/did-you-mean.ts';

test('a slip of one or two letters finds the word', () => {
  const words = ['enabled', 'filter', 'onDelete', 'onLeaveFilter', 'map'];
  assert.equal(closest('filtr', words), 'filter');
  assert.equal(closest('fitler', words), 'filter');
  assert.equal(closest('on_delete', words), 'onDelete');
  assert.equal(closest('ONDELETE', words), 'onDelete');
  assert.equal(closest('mapp', words), 'map');
});

test('a word that is far from all finds none, however short', () => {
  assert.equal(closest('xyz', ['map', 'filter']), undefined);
  assert.equal(closest('schedule', ['enabled', 'filter']), undefined);
  assert.equal(closest('a'.repeat(10_000), ['a'.repeat(9_999)]), undefined);
});

test('the word itself is no suggestion', () => {
  assert.equal(didYouMean('map', ['map']), '');
  assert.equal(didYouMean('mpa', ['map']), ' Did you mean "map"?');
});

test('a list reads as a sentence and is cut when long', () => {
  assert.equal(listOf([]), 'none');
  assert.equal(listOf(['a']), '"a"');
  assert.equal(listOf(['a', 'b', 'c'], 'and'), '"a", "b" and "c"');
  assert.match(listOf(Array.from({ length: 40 }, (_, index) => String(index))), /"15" and 24 more$/);
});

test('a quoted value is short, on one line and without control characters', () => {
  assert.equal(quote('a\nb\u{1b}'), '"a�b�"');
  assert.equal(quote('x'.repeat(500)).length, 62);
  assert.equal(quote(5), '"5"');
});
