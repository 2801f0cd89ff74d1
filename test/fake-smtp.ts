import { createServer, type AddressInfo, type Socket } from 'node:net';
import { whenTestsEnd } from './support/when-tests-end.ts';

interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly headers: string;
  /** Decoded. */
  readonly body: string;
}

/** A mail server that keeps what it takes. Gone when the file's tests are over. */
export async function startFakeSmtp() {
  const mails: ReceivedMail[] = [];
  const said: string[] = [];
  /** Lines that begin so are answered so, in place of what is usual. */
  const answers = new Map<string, string>();
  const sockets = new Set<Socket>();

  const talk = (socket: Socket): void => {
    sockets.add(socket);
    let text = '';
    let isData = false;
    let from = '';
    let to: string[] = [];
    socket.write('220-fake.example\r\n220 ready\r\n');
    const take = (line: string): string | undefined => {
      said.push(line);
      for (const [begin, answer] of answers) if (line.startsWith(begin)) return answer;
      if (line.startsWith('EHLO')) return '250-fake.example\r\n250-SIZE 1000\r\n250 AUTH PLAIN';
      if (line.startsWith('AUTH PLAIN')) return '235 ok';
      if (line.startsWith('MAIL FROM:')) from = line.slice(10);
      if (line.startsWith('RCPT TO:')) to.push(line.slice(8));
      if (line === 'DATA') {
        isData = true;
        return '354 go on';
      }
      return line === 'QUIT' ? '221 bye' : '250 ok';
    };
    const keep = (message: string): void => {
      const [headers = '', encoded = ''] = message.split('\r\n\r\n');
      mails.push({ from, to, headers, body: Buffer.from(encoded, 'base64').toString() });
      to = [];
    };
    socket.on('data', (chunk) => {
      text += chunk.toString();
      for (;;) {
        const end = text.indexOf(isData ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const piece = text.slice(0, end);
        text = text.slice(end + (isData ? 5 : 2));
        if (isData) {
          isData = false;
          keep(piece);
          socket.write(`${answers.get('.') ?? '250 taken'}\r\n`);
          continue;
        }
        const answer = take(piece);
        if (answer === 'HANG UP') socket.destroy();
        else socket.write(`${answer ?? '250 ok'}\r\n`);
      }
    });
    socket.on('error', () => undefined);
  };

  const server = createServer(talk);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  };
  whenTestsEnd(stop);
  return { mails, said, answers, port, url: `smtp://127.0.0.1:${port}` };
}
