import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createRecordScanner, type RecordForm } from './csv-records.ts';
import { LINE_ENDINGS, type LineEnding } from './job.ts';

const deflate = promisify(gzip);
/** Compresses one member. Fast rather than small: results are written once and mostly stay on this machine. */
export const compress = (csv: Buffer | string): Promise<Buffer> => deflate(csv, { level: 1 });

/** One gzip member of a result: some whole records. */
interface Member {
  readonly rows: number;
  readonly bytes: number;
}

/** What is known of a stored result without opening it. */
export interface ResultIndex {
  readonly header: string;
  readonly rows: number;
  readonly members: readonly Member[];
}

const dataPath = (folder: string): string => join(folder, 'records.csv.gz');
const indexPath = (folder: string): string => join(folder, 'index.json');

export const resultPath = dataPath;

export interface WriteResult {
  readonly folder: string;
  readonly header: string;
  readonly records: AsyncIterable<Buffer>;
  readonly lineEnding: LineEnding;
  readonly memberRows: number;
  readonly form?: RecordForm;
  /** Called with the records stored so far, each time a member is. */
  readonly onStored?: (rows: number) => void;
}

/**
 * Stores the records as gzip members of `memberRows` records each.
 *
 * A gzip file may be any number of members one after the other: a page is then a header member, a range of this file, and at most two
 * members cut anew. Memory holds one member being filled and one being compressed.
 */
export async function writeResult({
  folder,
  header,
  records,
  lineEnding,
  memberRows,
  form,
  onStored,
}: WriteResult): Promise<ResultIndex> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const file = await open(dataPath(folder), 'w');
  const members: Member[] = [];
  const scanner = createRecordScanner(form);
  const carriageReturn = lineEnding === 'CRLF' ? Buffer.from(LINE_ENDINGS.CRLF) : undefined;
  let pieces: Buffer[] = [];
  let rows = 0;
  let stored = 0;
  let writing: Promise<void> = Promise.resolve();

  const write = async (csv: Buffer[], count: number): Promise<void> => {
    const member = await compress(Buffer.concat(csv));
    members.push({ rows: count, bytes: member.length });
    await file.writeFile(member);
    stored += count;
    onStored?.(stored);
  };

  try {
    for await (const piece of records) {
      const full: { readonly csv: Buffer[]; readonly count: number }[] = [];
      let start = 0;
      scanner.scan(piece, (end) => {
        rows += 1;
        if (carriageReturn !== undefined) {
          pieces.push(piece.subarray(start, end - 1), carriageReturn);
          start = end;
        }
        if (rows < memberRows) return;
        pieces.push(piece.subarray(start, end));
        start = end;
        full.push({ csv: pieces, count: rows });
        pieces = [];
        rows = 0;
      });
      pieces.push(piece.subarray(start));
      for (const { csv, count } of full) {
        await writing;
        writing = write(csv, count);
        writing.catch(() => undefined);
      }
    }
    await writing;
    if (rows > 0) await write(pieces, rows);
  } finally {
    await writing.catch(() => undefined); // its error has been thrown above
    await file.close();
  }
  const index: ResultIndex = { header, rows: stored, members };
  // The index comes last and whole: a result without one was never finished.
  await writeFile(`${indexPath(folder)}.new`, JSON.stringify(index));
  await rename(`${indexPath(folder)}.new`, indexPath(folder));
  return index;
}

export const readIndex = async (folder: string): Promise<ResultIndex> =>
  JSON.parse(await readFile(indexPath(folder), 'utf8')) as ResultIndex;
