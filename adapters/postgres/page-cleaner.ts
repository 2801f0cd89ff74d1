import { isUtf8 } from 'node:buffer';
import { Transform, type TransformCallback } from 'node:stream';
import { MooringError } from '../../domain/errors.ts';
import { endOfJson } from '../../domain/json-text.ts';

/** A record that PostgreSQL cannot take at all, whatever its values mean. */
export interface UnreadableRecord {
  /** As far as it can be told; empty when not. */
  readonly sourceId: string;
  /** Ends a sentence that begins with the object's name. */
  readonly reason: string;
}

/**
 * Where a record of a Bulk page begins: a line end, then an id in quotes. Salesforce quotes every value and doubles the quotes within, so a value
 * never looks like this, however many lines it has.
 */
const RECORD_START = /\n(?="[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")/;
const ID_OF_RECORD = /^"([0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?)"/;
/** One quoted value and what ends it. */
const VALUE = /"(?:[^"]|"")*"(,|\r?\n?$)/y;
/** A row of an org has at most 800 fields and some megabytes; more without a new record is no page of rows. */
const LONGEST_RECORD = 64 * 1024 * 1024;

/** Takes the records out of a Bulk page that COPY would refuse the whole page for. Bytes are looked at as Latin-1, one character each. */
export class CsvCleaner extends Transform {
  readonly unreadable: UnreadableRecord[] = [];
  readonly #columns: number;
  #rest = '';
  #isHead = true;

  constructor(columns: number) {
    super();
    this.#columns = columns;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#rest += chunk.toString('latin1');
    const records = this.#rest.split(RECORD_START);
    this.#rest = records.pop() ?? '';
    for (const record of records) this.#pass(record);
    done(
      this.#rest.length <= LONGEST_RECORD
        ? null
        : new MooringError('SF_PAGE_UNREADABLE', 'A result page has no records that could be told from each other.'),
    );
  }

  override _flush(done: TransformCallback): void {
    if (this.#rest !== '') this.#pass(this.#rest);
    done();
  }

  #pass(text: string): void {
    const bytes = Buffer.from(text.endsWith('\n') ? text : `${text}\n`, 'latin1');
    const reason = this.#isHead ? undefined : this.#problem(text, bytes);
    this.#isHead = false;
    if (reason === undefined) this.push(bytes);
    else this.unreadable.push({ sourceId: ID_OF_RECORD.exec(text)?.[1] ?? '', reason });
  }

  #problem(text: string, bytes: Buffer): string | undefined {
    if (text.includes('\0')) return 'holds a NUL character';
    if (!isUtf8(bytes)) return 'holds bytes that are no UTF-8';
    return valuesOf(text) === this.#columns ? undefined : 'has not as many values as there are columns';
  }
}

/** How many values a record has; 0 when it cannot be taken apart. */
function valuesOf(record: string): number {
  let values = 0;
  for (VALUE.lastIndex = 0; VALUE.lastIndex < record.length;) {
    const match = VALUE.exec(record);
    if (match === null) return 0;
    values += 1;
    if (match[1] !== ',') return VALUE.lastIndex === record.length ? values : 0;
  }
  return 0;
}

/** Escapes that JSON allows and PostgreSQL's text does not: NUL, and halves of a surrogate pair that stand alone. */
const BAD_ESCAPE =
  /(?<!\\)(?:\\\\)*\\u(?:0000|[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u)[dD][c-fC-F][0-9a-fA-F]{2})/;

/** Takes the records out of a REST answer whose texts PostgreSQL cannot hold. The others stay as they were written, to the last digit. */
export function cleanJson(text: string): { readonly text: string; readonly unreadable: readonly UnreadableRecord[] } {
  const good: string[] = [];
  const unreadable: UnreadableRecord[] = [];
  for (const record of recordsOf(text)) {
    if (!BAD_ESCAPE.test(record)) good.push(record);
    else {
      const sourceId = /"Id"\s*:\s*"([0-9A-Za-z]{15,18})"/.exec(record)?.[1] ?? '';
      unreadable.push({ sourceId, reason: 'holds a character that PostgreSQL cannot store' });
    }
  }
  return { text: `{"records":[${good.join(',')}]}`, unreadable };
}

/** The texts of the objects in the array `records`. */
function* recordsOf(text: string): Generator<string> {
  const from = text.indexOf('[', text.indexOf('"records"'));
  const to = endOfJson(text, from) ?? text.length;
  for (let start = text.indexOf('{', from); start >= 0 && start < to; start = text.indexOf('{', start)) {
    const end = endOfJson(text, start);
    if (end === undefined) return;
    yield text.slice(start, end);
    start = end;
  }
}
