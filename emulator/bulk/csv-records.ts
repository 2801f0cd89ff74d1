const QUOTE = 0x22;
const NEWLINE = 0x0a;

/** Finds the ends of records in a CSV that arrives in pieces; line ends inside quotes are text. */
export interface RecordScanner {
  /** Calls `found` with the offset behind each record's line feed in this piece, until it returns false. */
  readonly scan: (piece: Uint8Array, found: (end: number) => void) => void;
}

/** A doubled quote closes and opens again, so the parity of quotes is all there is to know. */
export function createRecordScanner(): RecordScanner {
  let inQuotes = false;
  return {
    scan: (piece, found) => {
      let quoted = inQuotes;
      const { length } = piece;
      for (let offset = 0; offset < length; offset += 1) {
        const byte = piece[offset];
        if (byte === QUOTE) quoted = !quoted;
        else if (byte === NEWLINE && !quoted) found(offset + 1);
      }
      inQuotes = quoted;
    },
  };
}

/** Returns the bytes of records `from` to `until` (exclusive) of a CSV without header. */
export function sliceRecords(csv: Buffer, from: number, until: number): Buffer {
  let count = 0;
  let start = from === 0 ? 0 : csv.length;
  let end = csv.length;
  createRecordScanner().scan(csv, (offset) => {
    count += 1;
    if (count === from) start = offset;
    if (count === until) end = offset;
  });
  return csv.subarray(start, end);
}
