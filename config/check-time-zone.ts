import { didYouMean, quote } from '../domain/did-you-mean.ts';

/** Returns what is wrong with a time zone, or undefined. */
export function checkTimeZone(zone: string): string | undefined {
  const known = Intl.supportedValuesOf('timeZone');
  if (zone === 'UTC' || known.includes(zone)) return undefined;
  const guess = didYouMean(zone, [...known, 'UTC']) || byCity(zone, known);
  // Names of links, such as US/Eastern, are valid though the list leaves them out; Temporal's server takes them in exact spelling only.
  if (guess === '' && /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)+$/.test(zone) && isAccepted(zone))
    return undefined;
  return `${quote(zone)} is not a time zone.${guess} Use an IANA name, as in "Europe/Berlin" or "UTC".`;
}

function isAccepted(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function byCity(zone: string, known: readonly string[]): string {
  const found = known.find((name) => name.split('/').at(-1)?.toLowerCase() === zone.toLowerCase().replaceAll(' ', '_'));
  return found === undefined ? '' : ` Did you mean "${found}"?`;
}
