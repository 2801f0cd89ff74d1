import { createTransport, type NodemailerError, type SMTPTransportOptions } from 'nodemailer';
import { MooringError } from '../../domain/errors.ts';
import type { Notification } from '../../domain/notification.ts';

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
  /** Certificate authority in PEM to believe besides those that Node.js knows. */
  readonly authority?: string;
}

const RETRY_MS = 60_000;
/** RFC 5321 asks for minutes of patience; a mail of ours is small, and Temporal tries again. */
const SILENCE_MS = 30_000;
const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };
const ADDRESS = /^[^\s<>@"]+@[^\s<>@"]+$/;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * Sends mails over SMTP, one conversation each. Passwords leave only encrypted, or to this machine.
 *
 * @returns the recipients whom the server refused while it took others
 * @throws MAIL_NOT_SET_UP; MAIL_UNREACHABLE when trying again makes sense; MAIL_REFUSED when it does not
 */
export const createMailer =
  ({ url, from, authority }: MailerSettings) =>
  async (mail: Mail): Promise<readonly string[]> => {
    const server = readSettings(url, from);
    const { host, port, secure, auth } = server;
    const options: SMTPTransportOptions = {
      ...{ host, port, secure, name: 'mooring', disableFileAccess: true, disableUrlAccess: true },
      ...{ connectionTimeout: SILENCE_MS, greetingTimeout: SILENCE_MS, socketTimeout: SILENCE_MS },
      requireTLS: !secure && auth !== undefined && !LOOPBACK.has(host),
      ...(auth && { auth }),
      ...(authority !== undefined && { tls: { ca: authority } }),
    };
    const transport = createTransport(options);
    try {
      const { rejected } = await transport.sendMail(messageOf(mail, server.from));
      return rejected;
    } catch (error) {
      throw toProblem(error, server);
    } finally {
      transport.close();
    }
  };

interface Server {
  readonly host: string;
  readonly port: number;
  /** Encrypted from the first byte. */
  readonly secure: boolean;
  readonly from: string;
  readonly auth?: { readonly user: string; readonly pass: string };
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
  const { hostname, username, password } = parsed;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    ...{ host, from, port: parsed.port === '' ? port : Number(parsed.port), secure: parsed.protocol === 'smtps:' },
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  };
}

/** The Message-ID is the notification's, so that a mail that comes twice is seen to be the same. */
function messageOf({ id, createdAt, subject, body, recipients }: Mail, from: string) {
  return {
    from: { name: 'Mooring', address: from },
    ...{ to: [...recipients], subject, text: body, date: createdAt, textEncoding: 'base64' as const },
    messageId: `<mooring.${id}.${createdAt.getTime()}@${from.slice(from.indexOf('@') + 1)}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

/** An answer of 5xx stays one however often we ask; whatever else may be over in a minute. */
function toProblem(error: unknown, { host, port }: Server): MooringError {
  if (!(error instanceof Error)) throw error;
  const { code, responseCode = 0, response, message } = error as NodemailerError;
  const words = (response ?? message).replaceAll(/\s+/g, ' ').slice(0, 300);
  if (responseCode < 500) {
    const sentence = `The mail server "${host}:${port}" cannot be used at the moment: ${words}`;
    return new MooringError('MAIL_UNREACHABLE', sentence, { cause: error, retryAfterMs: RETRY_MS });
  }
  if (code === 'ETLS') {
    return new MooringError(
      'MAIL_NOT_SET_UP',
      `The mail server "${host}" offers no encryption, so the password in MOORING_SMTP_URL is not sent to it. Use smtps://, or a server with STARTTLS.`,
      { cause: error },
    );
  }
  return new MooringError('MAIL_REFUSED', `The mail server "${host}:${port}" refused the mail: ${words}`, {
    cause: error,
  });
}
