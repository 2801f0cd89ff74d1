import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** As sent, without the status line. */
  readonly headers: string;
  readonly body: string;
}

/** Sends what no HTTP client would send, a byte for each character, and returns what comes back until the server hangs up. */
export async function sendRaw(port: number, request: string): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined); // a server that has refused the beginning does not read the rest
  socket.write(Buffer.from(request, 'latin1'));
  await once(socket, 'close');
  const text = Buffer.concat(chunks).toString();
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...headers] = text.slice(0, end).split('\r\n');
  return { status: Number(statusLine.split(' ')[1]), headers: headers.join('\n'), body: text.slice(end + 4) };
}
