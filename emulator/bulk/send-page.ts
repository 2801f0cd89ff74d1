import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip, createGzip, gunzip } from 'node:zlib';
import { sliceRecords, type RecordForm } from './csv-records.ts';
import { compress } from './result-file.ts';
import type { PagePart } from './result-page.ts';

const decompress = promisify(gunzip);
/** Bytes read from the file at a time. */
const CHUNK = 256 * 1024;

export interface PageToSend {
  readonly file: string;
  readonly header: string;
  readonly parts: readonly PagePart[];
  readonly form?: RecordForm;
}

async function cutMember({ file, form }: PageToSend, part: Extract<PagePart, { kind: 'cut' }>): Promise<Buffer> {
  const handle = await open(file);
  try {
    const member = Buffer.alloc(part.end - part.start);
    await handle.read(member, 0, member.length, part.start);
    return sliceRecords(await decompress(member), part, form);
  } finally {
    await handle.close();
  }
}

const write = async (target: Writable, bytes: Buffer): Promise<void> => {
  if (target.write(bytes) || target.destroyed) return;
  await new Promise<void>((done) => target.once('drain', done).once('close', done));
};

/** Writes the page's gzip bytes: a header member, then records, mostly straight from the file. */
async function sendMembers(page: PageToSend, target: Writable): Promise<void> {
  const { file, header, parts } = page;
  await write(target, await compress(header));
  for (const part of parts) {
    if (part.kind === 'cut') {
      await write(target, await compress(await cutMember(page, part)));
    } else {
      const range = createReadStream(file, { start: part.start, end: part.end - 1, highWaterMark: CHUNK });
      await pipeline(range, target, { end: false });
    }
  }
}

/**
 * Writes a page and ends the target.
 *
 * @param gzipped - whether the client takes it compressed
 * @param through - what makes another format of the stored records
 */
export async function sendPage(
  page: PageToSend,
  target: Writable,
  { gzipped, through }: { readonly gzipped: boolean; readonly through?: Transform | undefined },
): Promise<void> {
  if (gzipped && through === undefined) {
    await sendMembers(page, target);
    target.end();
    return;
  }
  const expand = createGunzip();
  const sent = pipeline([expand, ...(through ? [through] : []), ...(gzipped ? [createGzip()] : []), target]);
  await Promise.all([sendMembers(page, expand).then(() => expand.end()), sent]);
}
