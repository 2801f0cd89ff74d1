const QUOTE = 0x22;
const NEWLINE = 0x0a;

/** How the records of a result lie in its file. */
export type RecordForm = 'csv' | 'lines';

/** Finds the ends of records in a CSV that arrives in pieces; line ends inside quotes are text. */
export interface RecordScanner {
  /** Calls `found` with the offset behind each record's line feed in this piece, until it returns false. */
  readonly scan: (piece: Uint8Array, found: (end: number) => void) => void;
}

/**
 * A doubled quote closes and opens again, so the parity of quotes is all there is to know.
 *
 * @param form - `lines` where no record has a line end inside, and quotes mean nothing
 */
export function createRecordScanner(form: RecordForm = 'csv'): RecordScanner {
  const quote = form === 'csv' ? QUOTE : -1;
  let inQuotes = false;
  return {
    scan: (piece, found) => {
      let quoted = inQuotes;
      const { length } = piece;
      for (let offset = 0; offset < length; offset += 1) {
        const byte = piece[offset];
        if (byte === quote) quoted = !quoted;
        else if (byte === NEWLINE && !quoted) found(offset + 1);
      }
      inQuotes = quoted;
    },
  };
}

interface RecordRange {
  readonly from: number;
  readonly until: number;
}

/** Returns the bytes of records `from` to `until` (exclusive) of a file without header. */
export function sliceRecords(csv: Buffer, { from, until }: RecordRange, form?: RecordForm): Buffer {
  let count = 0;
  let start = from === 0 ? 0 : csv.length;
  let end = csv.length;
  createRecordScanner(form).scan(csv, (offset) => {
    count += 1;
    if (count === from) start = offset;
    if (count === until) end = offset;
  });
  return csv.subarray(start, end);
}
