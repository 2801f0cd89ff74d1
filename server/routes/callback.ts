import type { FastifyInstance } from 'fastify';
import { describeCallbackError, type FailedConsent } from '../../domain/consent.ts';
import { browserSecretOf } from '../browser-cookie.ts';
import { invalidLinkPage } from '../pages/notice-page.ts';
import type { ServerPorts } from '../ports.ts';
import { sendPage } from '../security-headers.ts';
import { tellWorkflow } from '../tell-workflow.ts';

const STATE = /^[A-Za-z0-9_-]{43}$/;
/** Salesforce's codes have about a hundred characters; a JWT-like one may be longer. */
const CODE = /^[\x21-\x7e]{1,4096}$/;

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** Reads what the redirect brought, or `undefined` when it is not shaped like anything that Salesforce sends. */
function readAnswer({
  state,
  code,
  error,
}: Query): { state: string; answer: { code: string } | { failed: FailedConsent } } | undefined {
  if (typeof state !== 'string' || !STATE.test(state)) return undefined;
  if (typeof error === 'string') return { state, answer: { failed: describeCallbackError(error) } };
  return typeof code === 'string' && CODE.test(code) ? { state, answer: { code } } : undefined;
}

/**
 * `GET /oauth/callback`: stores the code, sealed, or the denial, tells the workflow, and sends the browser on to the attempt's page,
 * so that the code leaves the address bar and a reload repeats nothing.
 */
export function callbackRoute(server: FastifyInstance, ports: ServerPorts): void {
  server.get<{ Querystring: Query }>('/oauth/callback', async (request, reply) => {
    const received = readAnswer(request.query);
    if (received === undefined) return sendPage(reply, 400, invalidLinkPage);
    const attempt = await ports.attempts.receive(
      received.state,
      (attemptId) => browserSecretOf(request, attemptId),
      received.answer,
    );
    if (attempt === undefined) return sendPage(reply, 400, invalidLinkPage);
    await tellWorkflow(ports, attempt, request.log);
    return reply.redirect(`${ports.baseUrl}/attempts/${attempt.attemptId}/page`, 303);
  });
}
