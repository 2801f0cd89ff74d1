import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Session, UseSession } from '../adapters/salesforce/http.ts';
import { whenTestsEnd } from './support/when-tests-end.ts';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** An HTTP server that answers each request with the next of the given answers; the last one goes on. Stops when the file's tests are over. */
export async function serve(...answers: readonly Answer[]) {
  const requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const left = [...answers];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      const [answer] = left.length > 1 ? left.splice(0, 1) : left;
      answer?.(response, request);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  whenTestsEnd(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const { port } = server.address() as AddressInfo;
  const session: Session = { accessToken: 'token', instanceUrl: `http://127.0.0.1:${port}`, apiVersion: '62.0' };
  const use: UseSession = (_connectionId, work) => work(session);
  return { session, use, requests, server };
}

export const reply =
  (status: number, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);

export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer =>
  reply(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers });

export const gzipped = (text: string, headers: Readonly<Record<string, string>> = {}, status = 200): Answer =>
  reply(status, gzipSync(text), { 'content-encoding': 'gzip', ...headers });

/** Salesforce's way to fail. */
export const failure = (
  status: number,
  errorCode: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer => json([{ errorCode, message }], status, headers);
