import { quote } from '../domain/did-you-mean.ts';

const PRODUCTION = 'https://login.salesforce.com';
const SANDBOX = 'https://test.salesforce.com';
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Hosts under which Salesforce serves logins; anything else may be right (a custom domain), but deserves a look. */
const SALESFORCE_HOST =
  /\.(salesforce\.com|salesforce\.mil|force\.com|site\.com|sfcrmproducts\.cn|sfcrmapps\.cn|cloudforce\.com)$/;

/** Returns the origin where people log in. Call {@link checkOrg} before: the address must be one. */
export function loginUrlOf(org: string): string {
  if (org === 'production') return PRODUCTION;
  if (org === 'sandbox') return SANDBOX;
  return URL.canParse(org) ? new URL(org).origin : org;
}

export interface OrgProblem {
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/** Returns what is wrong with a written `org`, or undefined. */
export function checkOrg(org: string): OrgProblem | undefined {
  if (org === 'production' || org === 'sandbox') return undefined;
  const accepted =
    'Use production, sandbox, the My Domain address as in "https://acme.my.salesforce.com", or { env: NAME }.';
  const wrong = (message: string): OrgProblem => ({ severity: 'error', message });
  if (!/^https?:\/\//i.test(org)) {
    const guess = /^[\w.-]+\.[a-z]{2,}\/?$/i.test(org)
      ? ` Did you mean "https://${org.replace(/\/$/, '').toLowerCase()}"?`
      : wordGuess(org);
    return wrong(`${quote(org)} is not an org.${guess} ${accepted}`);
  }
  if (!URL.canParse(org)) return wrong(`${quote(org)} is not an address. ${accepted}`);
  const url = new URL(org);
  if (url.username !== '' || url.password !== '')
    return wrong('The address of "org" holds a user name or a password. People log in in the browser: remove them.');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return wrong(`${quote(org)} has more than a host. Write "${url.origin}".`);
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname))
    return wrong(`${quote(org)} is not encrypted. Write "https://${url.host}"; http is for localhost only.`);
  if (url.hostname.endsWith('.lightning.force.com')) {
    return wrong(
      `${quote(org)} is an address of Lightning pages, where nobody can log in. Write "https://${url.hostname.replace('.lightning.force.com', '.my.salesforce.com')}".`,
    );
  }
  if (!LOOPBACK.has(url.hostname) && !SALESFORCE_HOST.test(url.hostname)) {
    return {
      severity: 'warning',
      message: `${quote(url.hostname)} is not a host of Salesforce. The consumer secret will be sent there: make sure that the org uses it as a custom domain.`,
    };
  }
  return undefined;
}

const wordGuess = (org: string): string => {
  if (/^(prod|live|login)/i.test(org)) return ' Did you mean "production"?';
  return /^(sand|test|stag|dev)/i.test(org) ? ' Did you mean "sandbox"?' : '';
};
