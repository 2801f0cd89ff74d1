import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultAction } from './faults.ts';

/** Lets only the first `bytes` of the body out, then calls `finish`. Patches this one response, below whatever writes to it. */
function cutBody(response: ServerResponse, bytes: number, finish: () => void): void {
  let left = bytes;
  const write = response.write.bind(response) as (chunk: Uint8Array) => boolean;
  const cut = (chunk: unknown): boolean => {
    if (left <= 0 || chunk === undefined || chunk === null || typeof chunk === 'function') return true;
    const data = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
    const part = data.subarray(0, left);
    left -= part.length;
    const more = write(part);
    if (left <= 0) setImmediate(finish);
    return more;
  };
  const end = response.end.bind(response) as () => ServerResponse;
  response.removeHeader('Content-Length');
  // A body announced with its length cannot be cut quietly; without it the reply is chunked.
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (name, value) => (name.toLowerCase() === 'content-length' ? response : setHeader(name, value));
  const writeHead = response.writeHead.bind(response) as (status: number, headers?: object) => ServerResponse;
  Object.assign(response, {
    writeHead: (status: number, headers: Record<string, unknown> = {}) =>
      writeHead(
        status,
        Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-length')),
      ),
    write: (chunk: unknown) => cut(chunk),
    end: (chunk?: unknown) => {
      cut(chunk);
      if (left > 0) end();
      return response;
    },
  });
}

/** What one fault does to one request. Returns true when it has answered, so that no work is done. */
type Apply<Kind extends FaultAction['kind']> = (
  reply: FastifyReply,
  action: Extract<FaultAction, { kind: Kind }>,
) => Promise<boolean>;

const APPLY: { readonly [Kind in FaultAction['kind']]: Apply<Kind> } = {
  status: async (reply, { status, body = '', contentType = 'application/json;charset=UTF-8', headers = {} }) => {
    await reply.headers(headers).status(status).type(contentType).send(body);
    return true;
  },
  latency: async (_reply, { ms }) => {
    await delay(ms);
    return false;
  },
  reset: (reply) => {
    reply.hijack();
    reply.raw.destroy();
    return Promise.resolve(true);
  },
  resetAfter: (reply, { bytes }) => {
    const { raw } = reply;
    cutBody(raw, bytes, () => raw.destroy());
    return Promise.resolve(false);
  },
  truncate: (reply, { bytes }) => {
    const { raw } = reply;
    const end = raw.end.bind(raw) as () => unknown;
    cutBody(raw, bytes, () => {
      end();
    });
    return Promise.resolve(false);
  },
};

/** Carries out a fault. Returns true when the request is answered with it. */
export const applyFault = (reply: FastifyReply, action: FaultAction): Promise<boolean> =>
  (APPLY[action.kind] as Apply<FaultAction['kind']>)(reply, action);
