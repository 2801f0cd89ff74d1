import { MooringError } from '../domain/errors.ts';

/**
 * Returns the origins of `MOORING_UI_ORIGIN`, comma-separated; none when absent.
 *
 * @throws CONFIG_INVALID when one is no origin
 */
export function readUiOrigins(text: string | undefined): readonly string[] {
  const origins = (text ?? '').split(',').map((origin) => origin.trim());
  return origins.filter((origin) => origin !== '').map(originOf);
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.href === `${url.origin}/`)
    return url.origin;
  throw new MooringError(
    'CONFIG_INVALID',
    `MOORING_UI_ORIGIN holds "${text}"; expected where browsers reach Temporal's Web UI, without a path, such as https://temporal.example.com. Several are separated by commas.`,
  );
}
