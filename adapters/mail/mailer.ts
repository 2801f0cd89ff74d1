import { MooringError } from '../../domain/errors.ts';
import type { Notification } from '../../domain/notification.ts';
import { SmtpLineError, SmtpSession, type SmtpReply } from './smtp-session.ts';

/** A mail to send, and by which id and time receivers recognize one that comes twice. */
export interface Mail extends Notification {
  readonly id: string;
  readonly createdAt: Date;
}

export interface MailerSettings {
  /** `smtp://user:password@host:587` (encrypted by STARTTLS where the server offers it) or `smtps://…:465`. */
  readonly url: string | undefined;
  /** Sender, as `mooring@example.com`. */
  readonly from: string | undefined;
}

const RETRY_MS = 60_000;
const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };
const ADDRESS = /^[^\s<>@"]+@[^\s<>@"]+$/;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const isDone = ({ code }: SmtpReply): boolean => code >= 200 && code < 400;
/** The server's own words, on one line; they may name an address and nothing of ours. */
const wordsOf = ({ code, lines }: SmtpReply): string => `${code} ${lines.join(' ')}`.slice(0, 300);

/**
 * Sends mails over SMTP, one conversation each. Passwords leave only encrypted, or to this machine.
 *
 * @returns the recipients whom the server refused while it took others
 * @throws MAIL_NOT_SET_UP; MAIL_UNREACHABLE when trying again makes sense; MAIL_REFUSED when it does not
 */
export const createMailer =
  ({ url, from }: MailerSettings) =>
  async (mail: Mail): Promise<readonly string[]> => {
    const server = readSettings(url, from);
    const session = new SmtpSession(server.host, server.port, server.encrypted);
    try {
      await greet(session, server);
      await expect(session, `MAIL FROM:<${server.from}>`);
      const refused: string[] = [];
      let last: SmtpReply | undefined;
      for (const recipient of mail.recipients) {
        const reply = await session.ask(`RCPT TO:<${recipient}>`);
        if (isDone(reply)) continue;
        refused.push(recipient);
        last = reply;
      }
      if (last !== undefined && refused.length === mail.recipients.length) throw refusal('every recipient', last);
      await expect(session, 'DATA');
      await expect(session, `${messageOf(mail, server.from)}\r\n.`);
      await session.ask('QUIT').catch(() => undefined); // it has the mail; how it says goodbye does not matter
      return refused;
    } catch (error) {
      if (!(error instanceof SmtpLineError)) throw error;
      throw new MooringError(
        'MAIL_UNREACHABLE',
        `The mail server "${server.host}:${server.port}" cannot be used at the moment: ${error.message}.`,
        { cause: error, retryAfterMs: RETRY_MS },
      );
    } finally {
      session.close();
    }
  };

interface Server {
  readonly host: string;
  readonly port: number;
  readonly encrypted: boolean;
  readonly from: string;
  readonly login?: { readonly user: string; readonly password: string };
}

function readSettings(url: string | undefined, from: string | undefined): Server {
  const wrong = (sentence: string): MooringError => new MooringError('MAIL_NOT_SET_UP', sentence);
  if (url === undefined || from === undefined) {
    const missing = url === undefined ? 'MOORING_SMTP_URL' : 'MOORING_MAIL_FROM';
    throw wrong(`Nobody can be notified: ${missing} is not set. Set it where the worker runs, or remove "notify".`);
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const port = parsed && PORTS[parsed.protocol];
  if (parsed === undefined || port === undefined || parsed.hostname === '')
    throw wrong('Nobody can be notified: MOORING_SMTP_URL is not smtp://host:port or smtps://host:port.');
  if (!ADDRESS.test(from)) throw wrong(`Nobody can be notified: MOORING_MAIL_FROM is no mail address: "${from}".`);
  const { hostname: host, username, password } = parsed;
  return {
    ...{ host, from, port: parsed.port === '' ? port : Number(parsed.port), encrypted: parsed.protocol === 'smtps:' },
    ...(username === ''
      ? {}
      : { login: { user: decodeURIComponent(username), password: decodeURIComponent(password) } }),
  };
}

/** Until the server is ready to take a mail. */
async function greet(session: SmtpSession, { host, encrypted, login }: Server): Promise<void> {
  await expect(session);
  let offers = await expect(session, 'EHLO mooring');
  let isEncrypted = encrypted;
  if (!isEncrypted && offers.lines.some((line) => /^STARTTLS\b/i.test(line))) {
    await expect(session, 'STARTTLS');
    session.encrypt(host);
    isEncrypted = true;
    offers = await expect(session, 'EHLO mooring');
  }
  if (login === undefined) return;
  if (!isEncrypted && !LOOPBACK.has(host)) {
    throw new MooringError(
      'MAIL_NOT_SET_UP',
      `The mail server "${host}" offers no encryption, so the password in MOORING_SMTP_URL is not sent to it. Use smtps://, or a server with STARTTLS.`,
    );
  }
  const plain = Buffer.from(`\0${login.user}\0${login.password}`).toString('base64');
  await expect(session, `AUTH PLAIN ${plain}`, 'the login');
}

/** @throws MAIL_REFUSED or MAIL_UNREACHABLE, by the code of the answer */
async function expect(session: SmtpSession, line?: string, what = 'the mail'): Promise<SmtpReply> {
  const reply = await session.ask(line);
  if (isDone(reply)) return reply;
  throw refusal(what, reply);
}

/** 4xx passes, 5xx does not. */
const refusal = (what: string, reply: SmtpReply): MooringError =>
  reply.code >= 500
    ? new MooringError('MAIL_REFUSED', `The mail server refused ${what}: ${wordsOf(reply)}`)
    : new MooringError('MAIL_UNREACHABLE', `The mail server does not take ${what} now: ${wordsOf(reply)}`, {
        retryAfterMs: RETRY_MS,
      });

/** Base64 of UTF-8 needs no line to be escaped, and no server's consent to eight bits. */
function messageOf({ id, createdAt, subject, body, recipients }: Mail, from: string): string {
  const encoded = Buffer.from(body.replaceAll('\n', '\r\n'), 'utf8').toString('base64');
  return [
    `From: Mooring <${from}>`,
    `To: ${recipients.map((recipient) => `<${recipient}>`).join(', ')}`,
    `Subject: ${subject.replaceAll(/[^\x20-\x7e]/g, '?')}`,
    `Date: ${createdAt.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <mooring.${id}.${createdAt.getTime()}@${from.slice(from.indexOf('@') + 1)}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    encoded.replaceAll(/.{76}/g, '$&\r\n'),
  ].join('\r\n');
}
