import type { ServerResponse } from 'node:http';

/** How a reply's body is let out instead of being written at once. */
interface BodyGate {
  /** Returns false when the writer should wait for `drain`. */
  readonly write: (data: Buffer) => boolean;
  readonly end: () => void;
}

interface RealResponse {
  readonly write: (data: Uint8Array) => boolean;
  readonly end: () => void;
}

const toBuffer = (chunk: unknown): Buffer | undefined => {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined;
};

/** Puts a gate below whatever writes to this one response. */
function gateBody(response: ServerResponse, open: (real: RealResponse) => BodyGate): void {
  const real: RealResponse = {
    write: response.write.bind(response) as RealResponse['write'],
    end: response.end.bind(response) as () => void,
  };
  const gate = open(real);
  const write = (chunk: unknown): boolean => {
    const data = toBuffer(chunk);
    return data === undefined || data.length === 0 ? true : gate.write(data);
  };
  Object.assign(response, {
    write,
    end: (chunk?: unknown) => {
      write(chunk);
      gate.end();
      return response;
    },
  });
}

/** A body announced with its length cannot be cut quietly; without it the reply is chunked. */
function dropLength(response: ServerResponse): void {
  const isLength = (name: string): boolean => name.toLowerCase() === 'content-length';
  response.removeHeader('Content-Length');
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (name, value) => (isLength(name) ? response : setHeader(name, value));
  const writeHead = response.writeHead.bind(response) as (status: number, headers?: object) => ServerResponse;
  Object.assign(response, {
    writeHead: (status: number, headers: Record<string, unknown> = {}) =>
      writeHead(status, Object.fromEntries(Object.entries(headers).filter(([name]) => !isLength(name)))),
  });
}

/** Lets only the first `bytes` of the body out, then ends the reply: as if it were whole, or by closing the connection. */
export function cutBody(response: ServerResponse, bytes: number, ending: 'quiet' | 'reset'): void {
  dropLength(response);
  gateBody(response, (real) => {
    let left = bytes;
    const finish = (): void => {
      if (ending === 'quiet') real.end();
      else response.destroy();
    };
    return {
      write: (data) => {
        if (left <= 0) return true;
        const part = data.subarray(0, left);
        left -= part.length;
        const more = real.write(part);
        if (left <= 0) setImmediate(finish);
        return more;
      },
      end: () => {
        if (left > 0) real.end();
      },
    };
  });
}

/** Times a second that a trickling body lets something out. */
const TICKS_PER_SECOND = 20;

/** Lets the body out at a rate, with back-pressure on whoever writes it. */
export function slowBody(response: ServerResponse, bytesPerSecond: number): void {
  gateBody(response, (real) => {
    let waiting = Buffer.alloc(0);
    let ended = false;
    const share = Math.max(1, Math.round(bytesPerSecond / TICKS_PER_SECOND));
    const timer = setInterval(() => {
      if (waiting.length > 0) {
        real.write(waiting.subarray(0, share));
        waiting = waiting.subarray(share);
        if (waiting.length === 0) response.emit('drain');
      }
      if (waiting.length > 0 || !ended) return;
      clearInterval(timer);
      real.end();
    }, 1000 / TICKS_PER_SECOND);
    response.once('close', () => clearInterval(timer));
    return {
      write: (data) => {
        waiting = Buffer.concat([waiting, data]);
        return false;
      },
      end: () => {
        ended = true;
      },
    };
  });
}
