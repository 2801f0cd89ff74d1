/** Domains under which Salesforce serves orgs. A host below one of them is Salesforce's own. */
const SALESFORCE_DOMAINS = ['salesforce.com', 'force.com', 'cloudforce.com'] as const;

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(hostname);

const isSalesforce = ({ hostname }: URL): boolean =>
  SALESFORCE_DOMAINS.some((domain) => hostname.endsWith(`.${domain}`));

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/**
 * Returns the origin of a URL that Salesforce told us (`instance_url`, `id`) when a token may be sent there, else `undefined`.
 *
 * A forged or misdirected reply must not carry tokens elsewhere. Allowed are https hosts of Salesforce and the host that the
 * connection itself names; a loopback host, http too, only for a connection whose org is declared on loopback.
 *
 * @param told - absolute URL from a reply
 * @param loginUrl - origin from the connection's configuration
 */
export function trustedOrigin(told: string, loginUrl: string): string | undefined {
  const url = parse(told);
  const login = parse(loginUrl);
  if (url === undefined || login === undefined || url.username !== '' || url.password !== '') return undefined;
  if (isLoopback(login)) return isLoopback(url) && /^https?:$/.test(url.protocol) ? url.origin : undefined;
  if (url.protocol !== 'https:' || url.port !== '') return undefined;
  return isSalesforce(url) || url.hostname === login.hostname ? url.origin : undefined;
}
