import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { whenTestsEnd } from './support/when-tests-end.ts';

export const ACME_ORG = '00Dxx0000001gPLEAY';
export const OTHER_ORG = '00Dxx0000002AAAEA2';
export const JANE = { userId: '005xx000001SwiUAAS', username: 'jane@acme.example', display_name: 'Jane Doe' };

export type Reply = Partial<Record<string, string>>;

/** What the token endpoint does with the next requests: an HTTP status with a body, a hang-up, or a change of its good reply. */
export type TokenBehaviour =
  | { readonly status: number; readonly body: string }
  | { readonly hangUp: true }
  | { readonly change: (reply: Reply) => Reply };

interface Issued {
  readonly orgId: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

/**
 * The OAuth endpoints of a Salesforce host, as far as tests of one function need them: single-use codes, PKCE, rotation, signature.
 * What needs a login page and data uses the emulator. Stops when the file's tests are over.
 */
export async function startFakeSalesforce({ rotation = true } = {}) {
  const secret = 'the-client-secret';
  const codes = new Map<string, Issued>();
  const refreshTokens = new Set<string>();
  const accessTokens = new Set<string>();
  const log: string[] = [];
  const behaviours: TokenBehaviour[] = [];
  let origin = '';
  let issued = 0;

  const random = (prefix: string): string => `${prefix}.${randomBytes(24).toString('base64url')}==`;

  function reply(orgId: string, refreshToken: string | undefined): Reply {
    const access = `${orgId.slice(0, 15)}!${random('AR8A')}`;
    accessTokens.add(access);
    const id = `${origin}/id/${orgId}/${JANE.userId}`;
    const issuedAt = String(1_700_000_000_000 + (issued += 1));
    const signature = createHmac('sha256', secret)
      .update(id + issuedAt)
      .digest('base64');
    return {
      access_token: access,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      ...{
        id,
        signature,
        issued_at: issuedAt,
        instance_url: origin,
        token_type: 'Bearer',
        scope: 'refresh_token api id',
      },
    };
  }

  function token(form: URLSearchParams): { status: number; body: object } {
    const refused = (error: string, description: string) => ({
      status: 400,
      body: { error, error_description: description },
    });
    if (form.get('client_secret') !== secret) return refused('invalid_client', 'invalid client credentials');
    if (form.get('grant_type') === 'refresh_token') {
      const current = form.get('refresh_token') ?? '';
      if (!refreshTokens.has(current)) return refused('invalid_grant', 'expired access/refresh token');
      if (!rotation) return { status: 200, body: reply(ACME_ORG, undefined) };
      refreshTokens.delete(current);
      const next = random('5Aep861');
      refreshTokens.add(next);
      return { status: 200, body: reply(ACME_ORG, next) };
    }
    const code = codes.get(form.get('code') ?? '');
    if (code === undefined) return refused('invalid_grant', 'expired authorization code');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (challenge !== code.challenge) return refused('invalid_grant', 'invalid code verifier');
    if (form.get('redirect_uri') !== code.redirectUri)
      return refused('redirect_uri_mismatch', 'redirect_uri must match');
    const refreshToken = random('5Aep861');
    refreshTokens.add(refreshToken);
    return { status: 200, body: reply(code.orgId, refreshToken) };
  }

  const json = (response: ServerResponse, status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    log.push(`${request.method ?? ''} ${pathname} ${form.get('grant_type') ?? ''}`.trim());
    const bearer = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';

    if (pathname === '/services/oauth2/token') {
      const behaviour = behaviours.shift();
      if (behaviour !== undefined && 'status' in behaviour) {
        response.writeHead(behaviour.status).end(behaviour.body);
        return;
      }
      const { status, body } = token(form);
      if (behaviour !== undefined && 'hangUp' in behaviour) {
        request.socket.destroy();
        return;
      }
      json(response, status, behaviour === undefined || status !== 200 ? body : behaviour.change(body));
      return;
    }
    if (pathname === '/services/oauth2/revoke') {
      const dead = !refreshTokens.delete(form.get('token') ?? '');
      if (dead) json(response, 400, { error: 'invalid_token' });
      else response.end();
      return;
    }
    if (!accessTokens.has(bearer)) {
      json(response, pathname.startsWith('/id/') ? 403 : 401, [{ errorCode: 'INVALID_SESSION_ID' }]);
      return;
    }
    const [, , organizationId] = pathname.split('/');
    if (pathname.startsWith('/id/')) {
      json(response, 200, { organization_id: organizationId, user_id: JANE.userId, ...JANE });
      return;
    }
    json(response, 200, { totalSize: 1, done: true, records: [{ Name: 'Acme <Corp>' }] });
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  whenTestsEnd(stop);

  return {
    loginUrl: origin,
    app: { loginUrl: origin, clientId: 'the-client-id', clientSecret: secret },
    /** What a person who consents at this address brings back; null when they denied. */
    consent(authorizationUrl: string, orgId = ACME_ORG): { code: string; state: string } {
      const query = new URL(authorizationUrl).searchParams;
      const code = random('aPrx');
      codes.set(code, {
        orgId,
        challenge: query.get('code_challenge') ?? '',
        redirectUri: query.get('redirect_uri') ?? '',
      });
      return { code, state: query.get('state') ?? '' };
    },
    /** What the token endpoint does next, in order; then it behaves again. */
    misbehave: (...next: TokenBehaviour[]): void => void behaviours.push(...next),
    expireAccessTokens: (): void => accessTokens.clear(),
    revokeEverything: (): void => {
      accessTokens.clear();
      refreshTokens.clear();
    },
    isAlive: (accessToken: string): boolean => accessTokens.has(accessToken),
    liveRefreshTokens: (): readonly string[] => [...refreshTokens],
    count: (line: string): number => log.filter((entry) => entry === line).length,
    /** Refuses connections from now on. */
    stop,
  };
}

export type FakeSalesforce = Awaited<ReturnType<typeof startFakeSalesforce>>;
