import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** An answer of the server: its code and all its lines. */
export interface SmtpReply {
  readonly code: number;
  readonly lines: readonly string[];
}

/** Said by `fail`: the line broke, or the server was silent. */
export class SmtpLineError extends Error {
  override readonly name = 'SmtpLineError';
}

/** RFC 5321 asks for minutes of patience; a mail of ours is small, and Temporal tries again. */
const SILENCE_MS = 30_000;

/** The longest answer that we read: no server has a reason for more. */
const MOST_BYTES = 64 * 1024;

/** One conversation with a mail server, line by line. */
export class SmtpSession {
  #socket: Socket;
  #received = '';
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(host: string, port: number, encrypted: boolean) {
    this.#socket = encrypted ? connectTls({ host, port, servername: host }) : connect({ host, port });
    this.#listen();
  }

  #listen(): void {
    const fail = (reason: string): void => {
      this.#failure ??= new SmtpLineError(reason);
      this.#wake();
    };
    this.#socket.setEncoding('utf8');
    this.#socket.setTimeout(SILENCE_MS, () => this.#socket.destroy(new SmtpLineError('it is silent')));
    this.#socket.on('data', (chunk: string) => {
      this.#received += chunk;
      if (this.#received.length > MOST_BYTES) fail('its answer does not end');
      this.#wake();
    });
    this.#socket.on('error', (error) => fail(error.message));
    this.#socket.on('close', () => fail('it hung up'));
  }

  /** Goes on encrypted, on the same line. Whatever the server said before that is forgotten: somebody in between may have said it. */
  encrypt(host: string): void {
    const plain = this.#socket;
    for (const event of ['data', 'error', 'close', 'timeout']) plain.removeAllListeners(event);
    plain.setTimeout(0);
    this.#received = '';
    this.#socket = connectTls({ socket: plain, servername: host });
    this.#listen();
  }

  /** Sends a line, when there is one, and returns the server's answer. */
  async ask(line?: string): Promise<SmtpReply> {
    if (line !== undefined) this.#socket.write(`${line}\r\n`);
    for (;;) {
      const reply = this.#takeReply();
      if (reply !== undefined) return reply;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** A reply ends with the line whose code is followed by a blank: `250-SIZE`, `250 HELP`. */
  #takeReply(): SmtpReply | undefined {
    const end = /^(\d{3})(?: [^\n]*)?\r?\n/m.exec(this.#received);
    if (end === null) return undefined;
    const length = end.index + end[0].length;
    const lines = this.#received.slice(0, length).trimEnd().split(/\r?\n/);
    this.#received = this.#received.slice(length);
    return { code: Number(end[1]), lines: lines.map((text) => text.slice(4)) };
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }
}
