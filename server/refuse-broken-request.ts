import type { Socket } from 'node:net';
import { SECURITY_HEADERS } from './security-headers.ts';

/** What the parser calls it → how it is answered; anything else is a bad request. */
const STATUSES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

const WORDS = 'The request was not understood.\n';

/** Answers bytes that are no HTTP request: one sentence, the headers of every other answer, and nothing of what was sent. */
export function refuseBrokenRequest({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(WORDS)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${STATUSES[code] ?? '400 Bad Request'}`, ...lines, '', WORDS].join('\r\n'));
}
