import type { FastifyInstance, FastifyRequest } from 'fastify';
import { browserSecretOf } from '../browser-cookie.ts';
import { attemptPage, type AttemptView } from '../pages/attempt-page.ts';
import { invalidLinkPage } from '../pages/notice-page.ts';
import type { FollowedAttempt, ServerPorts } from '../ports.ts';
import { sendPage } from '../security-headers.ts';
import { tellWorkflow } from '../tell-workflow.ts';

const ATTEMPT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface AttemptRequest {
  readonly Params: { readonly id: string };
}

const UNFINISHED: Readonly<Record<string, string>> = {
  pending: 'Waiting for your answer at Salesforce.',
  consent_received: 'Salesforce sent you back. Mooring is confirming the org and storing the grant…',
};

const viewOf = ({ connection, status, outcome }: FollowedAttempt): AttemptView => ({
  connection,
  status,
  message: outcome?.message ?? UNFINISHED[status] ?? '',
  finished: outcome !== null,
});

/** `GET /attempts/<id>` (JSON) and `GET /attempts/<id>/page`: how an attempt stands, for the browser that began it. */
export function attemptRoutes(server: FastifyInstance, ports: ServerPorts): void {
  async function find(request: FastifyRequest<AttemptRequest>): Promise<AttemptView | undefined> {
    const { id } = request.params;
    const secret = ATTEMPT_ID.test(id) ? browserSecretOf(request, id) : undefined;
    const attempt = secret === undefined ? undefined : await ports.attempts.follow(id, secret);
    if (attempt === undefined) return undefined;
    if (attempt.needsSignal) await tellWorkflow(ports, attempt, request.log);
    return viewOf(attempt);
  }

  server.get<AttemptRequest>('/attempts/:id', async (request, reply) => {
    const attempt = await find(request);
    return attempt ?? reply.code(404).send({ error: 'There is no such attempt in this browser.' });
  });

  server.get<AttemptRequest>('/attempts/:id/page', async (request, reply) => {
    const attempt = await find(request);
    if (attempt === undefined) return sendPage(reply, 404, invalidLinkPage);
    const followUrl = `${ports.baseUrl}/attempts/${request.params.id}`;
    return sendPage(reply, 200, (nonce) => attemptPage(attempt, new URL(followUrl).pathname, nonce));
  });
}
