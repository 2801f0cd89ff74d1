import { pino, type DestinationStream, type Logger } from 'pino';

/** Wherever one of these stands in a logged object, its value is not shown. Requests are logged without query string anyway. */
const SECRET_KEYS = [
  'access_token',
  'accessToken',
  'authorization',
  'client_secret',
  'clientSecret',
  'code',
  'code_verifier',
  'codeVerifier',
  'cookie',
  'refresh_token',
  'refreshToken',
  'state',
  'ticket',
  'token',
];

const redacted = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/** Returns a JSON logger that hides secrets by name. */
export const createLogger = (level = 'info', destination?: DestinationStream): Logger => {
  const options = { name: 'mooring', level, redact: [...redacted, 'headers["set-cookie"]', '*.headers["set-cookie"]'] };
  return destination === undefined ? pino(options) : pino(options, destination);
};
