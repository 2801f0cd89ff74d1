import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream';
import { text } from 'node:stream/consumers';
import { MooringError } from '../../domain/errors.ts';
import { header, namedNetworkError, type HttpReply } from './http.ts';

/** A page that brings less than this in {@link RATE_WINDOW_MS} holds its transaction for too long and is given up. */
const LEAST_BYTES = 16 * 1024;
const RATE_WINDOW_MS = 30_000;

/** Bytes that are unpacked at a time. Of 16 KiB, as usual, a page has a thousand chunks, and handing them on costs more than unpacking them. */
const CHUNK_BYTES = 128 * 1024;

/** The body's bytes, unpacked strictly: a gzip stream that ends early is an error, never a short page. */
export function unpacked(reply: HttpReply, doing: string): Readable {
  const watched = new RateWatch(doing);
  // What fails before it reaches us as the reason of our own end, which names it.
  const ended = (): void => undefined;
  if (header(reply, 'content-encoding') === 'gzip')
    pipeline(reply.body, createGunzip({ chunkSize: CHUNK_BYTES }), watched, ended);
  else pipeline(reply.body, watched, ended);
  return watched;
}

function asIncomplete(error: NodeJS.ErrnoException, doing: string): Error {
  if (error instanceof MooringError) return error;
  if (error.code?.startsWith('Z_') === true) {
    return new MooringError(
      'SF_PAGE_INCOMPLETE',
      `${doing} failed: the compressed answer is damaged or ended early. It is read again.`,
      { cause: error },
    );
  }
  const named = namedNetworkError(error, doing);
  return named instanceof Error ? named : error;
}

/** Passes bytes on, and gives up on a source that only trickles. Waiting for the reader is not the source's fault and is not counted. */
class RateWatch extends Transform {
  readonly #doing: string;
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;

  constructor(doing: string) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#doing = doing;
    this.#timer = setInterval(() => this.#check(), RATE_WINDOW_MS);
    this.#timer.unref();
  }

  #check(): void {
    if (this.#bytes < LEAST_BYTES && !this.writableEnded && !this.writableNeedDrain) {
      this.destroy(
        new MooringError(
          'SF_UNREACHABLE',
          `${this.#doing} failed: fewer than ${LEAST_BYTES} bytes came in ${RATE_WINDOW_MS / 1000} seconds. It is read again.`,
        ),
      );
    }
    this.#bytes = 0;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytes += chunk.length;
    done(null, chunk);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#timer);
    super._destroy(error && asIncomplete(error, this.#doing), done);
  }
}

/** The whole body as text; for answers of bounded size only. */
export const bodyText = (reply: HttpReply, doing: string): Promise<string> => text(unpacked(reply, doing));

/**
 * Passes a CSV page on after its first line was found to name `paths`, in that order: COPY takes columns by position.
 * An empty page may come without a header.
 */
export class HeaderCheck extends Transform {
  readonly #paths: readonly string[];
  readonly #doing: string;
  #head: Buffer | undefined = Buffer.alloc(0);

  constructor(paths: readonly string[], doing: string) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#paths = paths;
    this.#doing = doing;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#head === undefined) {
      done(null, chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf(0x0a);
    if (end < 0) {
      done();
      return;
    }
    const problem = this.#problem(this.#head.subarray(0, end).toString('utf8'));
    const rest = this.#head;
    this.#head = undefined;
    done(problem, rest);
  }

  override _flush(done: TransformCallback): void {
    const head = this.#head?.toString('utf8') ?? '';
    this.#head = undefined;
    done(head === '' ? null : this.#problem(head), head);
  }

  #problem(line: string): MooringError | null {
    const names = line
      .replace(/\r$/, '')
      .split(',')
      .map((name) => name.replace(/^"(.*)"$/, '$1').toLowerCase());
    if (names.length === this.#paths.length && names.every((name, index) => name === this.#paths[index]?.toLowerCase()))
      return null;
    return new MooringError(
      'SF_PAGE_INCOMPLETE',
      `${this.#doing} failed: the page's first line does not name the columns that were asked for.`,
    );
  }
}
