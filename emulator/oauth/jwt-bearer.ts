import { createPublicKey, verify } from 'node:crypto';
import type { EmulatorContext } from '../context.ts';
import { oauthError } from '../error-strings.ts';
import { appOrThrow, type App } from './apps.ts';
import { hasGrant, openSession, type GrantOwner } from './grants.ts';
import { orgNow } from './people.ts';
import { assertUsable, type Issued } from './token-flows.ts';

/** Hosts that an assertion may be meant for, beside the emulator itself. */
const AUDIENCES = ['https://login.salesforce.com', 'https://test.salesforce.com'];
/** Longest time that an assertion may be good for; an org refuses later ends. */
const LONGEST_LIFE_SECONDS = 5 * 60;

interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  /** Seconds, as a number or as text: clients write both. */
  readonly exp?: number | string;
}

interface Assertion {
  readonly claims: Claims;
  readonly algorithm: string | undefined;
  readonly signed: string;
  readonly signature: Buffer;
}

/** @throws OAuthError invalid_grant for what is no signed token */
function parseAssertion(assertion: string): Assertion {
  const [head = '', body = '', signature = ''] = assertion.split('.');
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  try {
    return {
      claims: read(body) as Claims,
      algorithm: (read(head) as { alg?: string }).alg,
      signed: `${head}.${body}`,
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    throw oauthError('invalidAssertion');
  }
}

const isSignedBy = (certificate: string, { algorithm, signed, signature }: Assertion): boolean =>
  algorithm === 'RS256' && verify('RSA-SHA256', Buffer.from(signed), createPublicKey(certificate), signature);

/** grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer: the app speaks for a user who has let it in. Never a refresh token. */
export async function redeemAssertion(context: EmulatorContext, text: string): Promise<Issued & { readonly app: App }> {
  const { pool, orgs } = context;
  const assertion = parseAssertion(text);
  const { iss, sub = '', aud, exp } = assertion.claims;
  const app = await appOrThrow(pool, iss);
  if (app.certificate === null || !isSignedBy(app.certificate, assertion)) throw oauthError('invalidAssertion');
  const audiences = [...AUDIENCES, context.url(), `${context.url()}/services/oauth2/token`];
  const meant = typeof aud === 'string' ? [aud] : (aud ?? []);
  if (!meant.some((one) => audiences.includes(one) || /^https:\/\/[\w-]+(\.sandbox)?\.my\.salesforce\.com$/.test(one)))
    throw oauthError('invalidAudience');

  const { rows } = await pool.query<{ org_id: string; user_id: string }>(
    'SELECT org_id, user_id FROM emulator.login WHERE username = lower($1)',
    [sub],
  );
  const org = rows[0] && orgs.get(rows[0].org_id);
  if (rows[0] === undefined || org === undefined) throw oauthError('invalidAssertion');
  const left = Number(exp) - (await orgNow(pool, org)).getTime() / 1000;
  if (!(left > 0)) throw oauthError('expiredAssertion');
  if (left > LONGEST_LIFE_SECONDS) throw oauthError('invalidAssertion');

  const owner: GrantOwner = {
    clientId: app.clientId,
    org,
    userId: rows[0].user_id,
    scope: app.scopes.filter((scope) => scope !== 'refresh_token' && scope !== 'offline_access').join(' '),
  };
  await assertUsable(context, owner);
  if (!app.preAuthorized && !(await hasGrant(pool, owner))) throw oauthError('notApproved');
  return { app, owner, session: await openSession(pool, owner, null) };
}
