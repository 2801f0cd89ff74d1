import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanJson, CsvCleaner } from '../../../adapters/postgres/page-cleaner.ts';
import { csvText, sfid } from '../../pages.ts';

const PATHS = ['Id', 'Name', 'Description'];
const id = (number: number): string => sfid('001', number);

async function clean(bytes: Buffer, chunkBytes = 7) {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  const cleaner = new CsvCleaner(PATHS.length);
  const piped = pipeline(Readable.from(chunks), cleaner);
  const passed = await buffer(cleaner);
  await piped;
  return { text: passed.toString(), unreadable: cleaner.unreadable };
}

const page = (...names: readonly string[]): string =>
  csvText(
    PATHS,
    names.map((Name, number) => ({ Id: id(number), Name, Description: 'd' })),
  );

test('a page without fault passes as it is, whatever its texts and however it is cut', async () => {
  const texts = fc.array(
    fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('"', '\n', '\r', ',', '0', 'a') })),
  );
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 40 }), async (pairs, chunkBytes) => {
      const rows = pairs.map(([Name, Description], number) => ({ Id: id(number), Name, Description }));
      const text = csvText(PATHS, rows).replaceAll('\0', '');
      assert.deepEqual(await clean(Buffer.from(text), chunkBytes), { text, unreadable: [] });
    }),
    { numRuns: 200 },
  );
});

test('a text that looks like the beginning of a record stays part of its value', async () => {
  const text = page(`one\n"${id(9)}","x","y"\n`, 'two');
  assert.deepEqual(await clean(Buffer.from(text)), { text, unreadable: [] });
});

test('records with NUL, bytes that are no UTF-8, missing values and broken quotes are taken out, and no other', async () => {
  const good = page('zero', 'one', 'two', 'three', 'four');
  const lines = good.trimEnd().split('\n');
  const bad = [
    lines[0],
    lines[1],
    lines[2]?.replace('one', 'o\0ne'),
    `"${id(2)}","two"`,
    lines[4]?.replace('three', 'thr"ee'),
    lines[5],
  ];
  const bytes = Buffer.concat([
    Buffer.from(`${bad.join('\n')}\n`),
    Buffer.from(`"${id(5)}","`),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('","d"\n'),
  ]);
  for (const chunkBytes of [1, 20, 10_000]) {
    const { text, unreadable } = await clean(bytes, chunkBytes);
    assert.equal(text, [lines[0], lines[1], lines[5], ''].join('\n'));
    assert.deepEqual(unreadable, [
      { sourceId: id(1), reason: 'holds a NUL character' },
      { sourceId: id(2), reason: 'has not as many values as there are columns' },
      { sourceId: id(3), reason: 'has not as many values as there are columns' },
      { sourceId: id(5), reason: 'holds bytes that are no UTF-8' },
    ]);
  }
});

test('records of an answer whose escapes are no characters are taken out, the others stay to the letter', () => {
  const record = (number: number, name: string): string =>
    `{"attributes":{"type":"X"},"Id":"${id(number)}","Name":${name},"N":1.0E7,"Up":{"a":["]}"]}}`;
  const good = [record(1, '"\\\\u0000 \\ud83d\\ude00 \\" ]}"'), record(2, 'null'), record(3, '"\\\\"')];
  const bad = [record(4, '"a\\u0000"'), record(5, '"\\\\\\u0000"'), record(6, '"\\ud83d"'), record(7, '"\\ude00"')];
  const text = `{"totalSize":7,"done":true,"records":[${[bad[0], good[0], bad[1], good[1], bad[2], good[2], bad[3]].join(', ')}]}`;
  const { text: cleaned, unreadable } = cleanJson(text);
  assert.equal(cleaned, `{"records":[${good.join(',')}]}`);
  assert.deepEqual(
    unreadable.map(({ sourceId }) => sourceId),
    [4, 5, 6, 7].map(id),
  );
});
