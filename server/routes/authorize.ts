import type { FastifyInstance } from 'fastify';
import { tieToBrowser } from '../browser-cookie.ts';
import { invalidLinkPage } from '../pages/notice-page.ts';
import type { ServerPorts } from '../ports.ts';
import { redirectUriOf } from '../redirect-uri.ts';
import { sendPage } from '../security-headers.ts';

const TICKET = /^[A-Za-z0-9_-]{43}$/;

interface AuthorizeRequest {
  readonly Params: { readonly name: string };
  /** A parameter that stands twice arrives as an array. */
  readonly Querystring: Readonly<Record<string, string | string[] | undefined>>;
}

/** `GET /connections/<name>/authorize?ticket=…`: spends the ticket, opens an attempt in this browser, and goes on to Salesforce. */
export function authorizeRoute(server: FastifyInstance, { baseUrl, attempts, authorizationUrl }: ServerPorts): void {
  server.get<AuthorizeRequest>('/connections/:name/authorize', async (request, reply) => {
    // A browser that only guesses where its user will go next must not spend the ticket.
    const purpose = `${String(request.headers['sec-purpose'])} ${String(request.headers['purpose'])}`;
    if (purpose.includes('prefetch')) return reply.code(503).send();

    const { ticket } = request.query;
    if (typeof ticket !== 'string' || !TICKET.test(ticket)) return sendPage(reply, 400, invalidLinkPage);
    const redirectUri = redirectUriOf(baseUrl);
    const connection = request.params.name;
    const attempt = await attempts.open({ connection, ticket, redirectUri });
    if (attempt === undefined) return sendPage(reply, 400, invalidLinkPage);

    const { attemptId, salesforce, state, codeVerifier, browserSecret } = attempt;
    const url = await authorizationUrl(connection, salesforce, { state, codeVerifier, redirectUri });
    tieToBrowser(reply, baseUrl, attemptId, browserSecret);
    request.log.info({ connection, attemptId }, 'authorization begun');
    return reply.redirect(url, 302);
  });
}
