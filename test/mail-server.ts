import { generate, type GenerateResult } from 'selfsigned';
import { SMTPServer } from 'smtp-server';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { whenTestsEnd } from './support/when-tests-end.ts';

interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly isEncrypted: boolean;
  readonly headers: string;
  /** Decoded. */
  readonly body: string;
}

type Stage = 'CONNECT' | 'AUTH' | 'MAIL FROM' | 'RCPT TO' | 'DATA';

/** What a stage is answered in place of what is usual; it hangs up where no code is given. */
interface Refusal {
  readonly code?: number;
  readonly text: string;
  /** Of recipients, the only one it is meant for. */
  readonly of?: string;
}

/** One certificate for a file's servers: making a key takes a while. */
let pems: GenerateResult | undefined;
const certificateOfLocalhost = () =>
  (pems ??= generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  }));

/**
 * A mail server that keeps what it takes. Gone when the file's tests are over.
 *
 * @param encryption `smtps` from the first byte, `starttls` when the client asks, or `none`
 */
export async function startMailServer(encryption: 'smtps' | 'starttls' | 'none' = 'none') {
  const mails: ReceivedMail[] = [];
  const logins: { readonly user: string; readonly password: string; readonly isEncrypted: boolean }[] = [];
  const refusals = new Map<Stage, Refusal>();
  const { cert, private: key } = certificateOfLocalhost();

  /** The error of a refused stage; `null` lets it pass. */
  const refusalOf = (stage: Stage, what = ''): Error | null => {
    const refusal = refusals.get(stage);
    if (refusal === undefined || (refusal.of !== undefined && refusal.of !== what)) return null;
    if (refusal.code === undefined) hangUp();
    return Object.assign(new Error(refusal.text), { responseCode: refusal.code ?? 421 });
  };
  const server = new SMTPServer({
    ...{ key, cert, secure: encryption === 'smtps', disabledCommands: encryption === 'none' ? ['STARTTLS'] : [] },
    ...{ authOptional: true, allowInsecureAuth: true, disableReverseLookup: true, closeTimeout: 100 },
    onConnect: (_session, done) => done(refusalOf('CONNECT')),
    onAuth: ({ username, password }, { secure }, done) => {
      logins.push({ user: username ?? '', password: password ?? '', isEncrypted: secure });
      done(refusalOf('AUTH'), { user: 'jane' });
    },
    onMailFrom: (_address, _session, done) => done(refusalOf('MAIL FROM')),
    onRcptTo: ({ address }, _session, done) => done(refusalOf('RCPT TO', address)),
    onData: (stream, { envelope, secure }, done) => {
      void text(stream).then((message) => {
        const [headers = '', encoded = ''] = message.split('\r\n\r\n');
        const refused = refusalOf('DATA');
        if (refused === null) {
          mails.push({
            from: (envelope.mailFrom && envelope.mailFrom.address) || '',
            to: envelope.rcptTo.map(({ address }) => address),
            isEncrypted: secure,
            headers: headers.replaceAll('\r\n', '\n'),
            body: Buffer.from(encoded, 'base64').toString(),
          });
        }
        done(refused);
      });
    },
  });
  const hangUp = (): void => {
    for (const connection of server.connections) connection.close();
  };
  server.on('error', () => undefined); // a client that leaves, or does not believe our certificate
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  whenTestsEnd(() => new Promise((closed) => server.close(() => closed())));
  const { port } = server.server.address() as AddressInfo;
  const scheme = encryption === 'smtps' ? 'smtps' : 'smtp';
  return { mails, logins, refusals, port, authority: cert, url: `${scheme}://127.0.0.1:${port}` };
}
