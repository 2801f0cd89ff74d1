import { ApiError } from '../api-error.ts';

/** Records of a CSV, values without their quotes; the first record is the header. */
export type CsvRecords = readonly (readonly string[])[];

/**
 * Reads a whole CSV: values in quotes or bare, doubled quotes, line ends inside quotes, `\n` or `\r\n` between records.
 *
 * @throws ApiError INVALIDBATCH when a quote is never closed
 */
export function parseCsv(text: string, delimiter: string): CsvRecords {
  const records: string[][] = [];
  let record: string[] = [];
  let value = '';
  let quoted = false;
  let begun = false;

  const endValue = (): void => {
    record.push(value);
    value = '';
  };
  const endRecord = (): void => {
    endValue();
    records.push(record);
    record = [];
    begun = false;
  };

  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  for (let at = 0; at < source.length; at += 1) {
    const character = source.charAt(at);
    if (quoted) {
      const end = source.indexOf('"', at);
      if (end < 0) throw new ApiError(400, 'INVALIDBATCH', 'Failed to parse CSV: a quoted value is not closed.');
      value += source.slice(at, end);
      if (source.charAt(end + 1) === '"') {
        value += '"';
        at = end + 1;
      } else {
        quoted = false;
        at = end;
      }
      continue;
    }
    if (character === '\n') {
      if (begun) endRecord();
      continue;
    }
    if (character === '\r' && source.charAt(at + 1) === '\n') continue;
    begun = true;
    if (character === '"' && value === '') quoted = true;
    else if (character === delimiter) endValue();
    else value += character;
  }
  if (quoted) throw new ApiError(400, 'INVALIDBATCH', 'Failed to parse CSV: a quoted value is not closed.');
  if (begun) endRecord();
  return records;
}

const quote = (value: string): string => `"${value.replaceAll('"', '""')}"`;

/** Returns one record with every value in quotes, and its line end. */
export const csvLine = (values: readonly string[], delimiter: string, lineEnding: string): string =>
  values.map(quote).join(delimiter) + lineEnding;
