import type { ResultIndex } from './result-file.ts';

/** A piece of the stored result: bytes to send as they are, or one member of which only some records are wanted. */
export type PagePart =
  | { readonly kind: 'whole'; readonly start: number; readonly end: number }
  | {
      readonly kind: 'cut';
      readonly start: number;
      readonly end: number;
      readonly from: number;
      readonly until: number;
    };

/** Returns the parts of the page with records `offset` to `offset + count`, in order; byte ends are exclusive. */
export function planPage(index: ResultIndex, offset: number, count: number): PagePart[] {
  const parts: PagePart[] = [];
  const last = offset + count;
  let row = 0;
  let byte = 0;
  for (const member of index.members) {
    const [rowEnd, byteEnd] = [row + member.rows, byte + member.bytes];
    if (row >= last) break;
    if (rowEnd > offset) {
      const previous = parts.at(-1);
      if (row >= offset && rowEnd <= last) {
        if (previous?.kind === 'whole') parts[parts.length - 1] = { ...previous, end: byteEnd };
        else parts.push({ kind: 'whole', start: byte, end: byteEnd });
      } else {
        parts.push({
          kind: 'cut',
          start: byte,
          end: byteEnd,
          from: Math.max(0, offset - row),
          until: Math.min(member.rows, last - row),
        });
      }
    }
    [row, byte] = [rowEnd, byteEnd];
  }
  return parts;
}

/** The name of a place in a job's result; opaque to clients, the same for as long as the job exists. */
export const locatorOf = (jobId: string, offset: number): string =>
  Buffer.from(`0:${jobId.slice(0, 15)}:${offset}`).toString('base64url');

/** Returns the first record of the page, or `undefined` when the locator is not one of this job. */
export function offsetOfLocator(jobId: string, locator: string): number | undefined {
  const [, id, offset] = Buffer.from(locator, 'base64url').toString().split(':');
  const row = Number(offset);
  return id === jobId.slice(0, 15) && Number.isInteger(row) && locatorOf(jobId, row) === locator ? row : undefined;
}
