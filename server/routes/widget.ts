import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { noticePage } from '../pages/notice-page.ts';
import { companyPage, severalPage, widgetNotice } from '../pages/widget-page.ts';
import type { WidgetPorts } from '../ports.ts';
import { sendPage } from '../security-headers.ts';
import { createWidget, type WidgetAnswer } from '../widget.ts';

interface WidgetRequest {
  readonly Params: { readonly name: string };
  readonly Body: { readonly signed_request?: unknown } | null;
}

/** The one answer to whoever cannot show that Salesforce sent it. */
const refusal = (nonce: string): string => noticePage('Refused', 'This page opens inside Salesforce.', nonce);

function send(reply: FastifyReply, answer: WidgetAnswer): FastifyReply {
  switch (answer.kind) {
    case 'refused':
      return sendPage(reply, 403, refusal);
    case 'company':
      return sendPage(reply, 200, (nonce) => companyPage(answer.card, nonce), answer);
    case 'several':
      return sendPage(reply, 200, (nonce) => severalPage(answer.candidates, nonce), answer);
    case 'notice':
      if (answer.retryAfterSeconds !== undefined) reply.header('retry-after', String(answer.retryAfterSeconds));
      return sendPage(reply, answer.status, (nonce) => widgetNotice(answer, nonce), answer);
  }
}

/** `POST /connections/<name>/widget`: the canvas URL of a connection, to which Salesforce posts a `signed_request`. */
export async function widgetRoute(server: FastifyInstance, ports: WidgetPorts): Promise<void> {
  const widget = createWidget(ports);
  await server.register(async (scope) => {
    await scope.register(formbody);
    scope.post<WidgetRequest>('/connections/:name/widget', async (request, reply) => {
      const connection = request.params.name;
      try {
        const answer = await widget(connection, request.body?.signed_request);
        if ('reason' in answer) request.log.warn({ connection, reason: answer.reason }, 'widget refused');
        return await send(reply, answer);
      } catch (error) {
        // What is wrong with our configuration is for the log: here anybody may ask.
        const { name, message, stack } = error instanceof Error ? error : new Error('not an error');
        request.log.error({ connection, error: { name, message, stack } }, 'widget failed');
        return sendPage(reply, 500, (nonce) =>
          noticePage('Something is not right', 'Mooring could not answer. Its log says why.', nonce),
        );
      }
    });
  });
}
