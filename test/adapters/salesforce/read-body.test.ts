import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { get } from '../../../adapters/salesforce/http.ts';
import { bodyText, HeaderCheck, unpacked } from '../../../adapters/salesforce/read-body.ts';
import { createSalesforceApi } from '../../../adapters/salesforce/salesforce-api.ts';
import type { ErrorCode } from '../../../domain/errors.ts';
import { gzipped, reply, serve, type Answer } from '../../local-server.ts';
import { hasCode } from '../../errors.ts';

const PATHS = ['Id', 'Owner.Name'];
const PAGE = '"Id","Owner.Name"\n"001","Jane ""J"" Doe"\n';
const call = { path: '/page', doing: 'Reading a page' };

/** Reads a page as the loader does, to its end. */
async function readPage(answer: Answer): Promise<{ page: string; expectedRows?: number }> {
  const { use } = await serve(answer);
  const { bytes, ...rest } = await createSalesforceApi(use, 'c').openResultPage('/page', PATHS, 'Contact');
  return { page: await text(bytes), ...rest };
}
const refused = (answer: Answer, code: ErrorCode): Promise<void> => assert.rejects(readPage(answer), hasCode(code));

test('a page comes unpacked, with the rows that were announced', async () => {
  const announced = { 'sforce-numberofrecords': '1' };
  assert.deepEqual(await readPage(gzipped(PAGE, announced)), { page: PAGE, expectedRows: 1 });
  assert.deepEqual(await readPage(reply(200, PAGE, announced)), { page: PAGE, expectedRows: 1 });
  assert.deepEqual(await readPage(reply(200, PAGE)), { page: PAGE });
});

test('a page of several gzip members, as a server that joins files sends it, comes whole', async () => {
  const members = Buffer.concat([gzipSync(PAGE.slice(0, 30)), gzipSync(PAGE.slice(30))]);
  const { page } = await readPage(reply(200, members, { 'content-encoding': 'gzip' }));
  assert.equal(page, PAGE);
});

test('a gzip stream that ends early or was damaged is an incomplete page, never a short one', async () => {
  const whole = gzipSync(PAGE.repeat(2_000));
  const headers = { 'content-encoding': 'gzip' };
  for (const length of [0.1, 0.5, 0.99].map((part) => Math.floor(whole.length * part)).concat(whole.length - 1)) {
    await refused(reply(200, whole.subarray(0, length), headers), 'SF_PAGE_INCOMPLETE');
  }
  const damaged = Buffer.from(whole);
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 8) ^ 1, damaged.length - 8); // the checksum
  await refused(reply(200, damaged, headers), 'SF_PAGE_INCOMPLETE');
  await refused(reply(200, 'no gzip at all', headers), 'SF_PAGE_INCOMPLETE');
});

test('a connection that is cut in the middle of a body is SF_UNREACHABLE, compressed or not', async () => {
  const cut =
    (bytes: Buffer, headers: Readonly<Record<string, string>>): Answer =>
    (response) => {
      response.writeHead(200, { ...headers, 'content-length': String(bytes.length) });
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
    };
  const bytes = Buffer.from(PAGE.repeat(5_000));
  await refused(cut(bytes, {}), 'SF_UNREACHABLE');
  await refused(cut(gzipSync(bytes), { 'content-encoding': 'gzip' }), 'SF_UNREACHABLE');
});

test('the first line must name the columns that were asked for, in their order', async () => {
  for (const line of ['"Id"', '"Owner.Name","Id"', '"Id","Owner.Name","X"', 'Id;Owner.Name', '<html>', '']) {
    await refused(reply(200, `${line}\n"1","2"\n`), 'SF_PAGE_INCOMPLETE');
  }
  for (const line of ['"Id","Owner.Name"', 'ID,OWNER.NAME', '"id","owner.name"\r']) {
    assert.ok((await readPage(reply(200, `${line}\n`))).page.startsWith(line));
  }
});

test('a page without rows may have a header or nothing at all', async () => {
  assert.equal((await readPage(reply(200, ''))).page, '');
  assert.equal((await readPage(gzipped(''))).page, '');
  assert.equal((await readPage(reply(200, '"Id","Owner.Name"'))).page, '"Id","Owner.Name"');
  await refused(reply(200, '"Id"'), 'SF_PAGE_INCOMPLETE');
});

test('the first line is found however the bytes come', async () => {
  const bytes = [...Buffer.from(PAGE)].map((byte) => Buffer.from([byte]));
  assert.equal(await text(Readable.from(bytes).pipe(new HeaderCheck(PATHS, 'Reading'))), PAGE);
});

test('a reader that stops early closes the connection', async () => {
  let closed: Promise<unknown> | undefined;
  const { use } = await serve((response) => {
    closed = once(response, 'close');
    response.writeHead(200);
    response.write(PAGE);
  });
  const { bytes } = await createSalesforceApi(use, 'c').openResultPage('/page', PATHS, 'Contact');
  bytes.destroy();
  await closed;
});

test('a large body flows under back-pressure, not into memory', async () => {
  const line = `"${'x'.repeat(1_000)}","y"\n`;
  const { use } = await serve((response) => {
    response.writeHead(200);
    void pipeline(
      Readable.from(
        (function* () {
          yield '"Id","Owner.Name"\n';
          for (let count = 0; count < 20_000; count += 1) yield line;
        })(),
      ),
      response,
    );
  });
  const { bytes } = await createSalesforceApi(use, 'c').openResultPage('/page', PATHS, 'Contact');
  let most = 0;
  let total = 0;
  for await (const chunk of bytes) {
    total += (chunk as Buffer).length;
    most = Math.max(most, bytes.readableLength);
    if (total % 7 === 0) await new Promise(setImmediate);
  }
  assert.equal(total, 18 + 20_000 * line.length);
  assert.ok(most < 1024 * 1024, `${most} bytes waited`);
});

test('a body is read as text, and a source that only trickles is given up', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const { session } = await serve(gzipped('{"a":1}'), (response) => {
    response.writeHead(200);
    response.write('slow');
  });
  assert.equal(await bodyText(await get(session, call), 'Reading'), '{"a":1}');
  const trickle = unpacked(await get(session, call), 'Reading');
  await once(trickle, 'data');
  const given = assert.rejects(text(trickle), hasCode('SF_UNREACHABLE'));
  context.mock.timers.tick(30_000);
  context.mock.timers.tick(30_000);
  await given;
});
