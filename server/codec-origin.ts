import type { FastifyReply, FastifyRequest } from 'fastify';

/** What the Web UI and the `temporal` command send along. */
const ALLOWED_HEADERS = 'content-type, x-namespace, authorization';

/** Returns `onRequest` hooks and answers for routes that pages of a few other origins may use. */
export function createOriginRule(origins: readonly string[]) {
  const allowedOriginOf = ({ headers: { origin } }: FastifyRequest): string | undefined =>
    origin !== undefined && origins.includes(origin) ? origin : undefined;

  return {
    allowedOriginOf,

    /** Refuses pages of other origins. A program that is no browser names none. */
    refuseOthers: (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
      if (request.headers.origin === undefined || allowedOriginOf(request) !== undefined) done();
      else reply.code(403).send({ error: 'Pages of this origin may not ask. See MOORING_UI_ORIGIN.' });
    },

    /** Answers the question that browsers ask first. */
    answerPreflight: (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
      permit(allowedOriginOf(request), reply);
      return reply
        .code(204)
        .headers({
          'access-control-allow-methods': 'POST, OPTIONS',
          'access-control-allow-headers': ALLOWED_HEADERS,
          'access-control-max-age': '600',
        })
        .send();
    },

    /**
     * Lets the page read the answer. Only good answers are sent so: the Web UI does not look at the status, and would show the text of
     * an error where it expects payloads; an answer that it may not read leaves the payloads as they are.
     */
    permitReading: (request: FastifyRequest, reply: FastifyReply): void => permit(allowedOriginOf(request), reply),
  };
}

function permit(origin: string | undefined, reply: FastifyReply): void {
  reply.header('vary', 'origin');
  if (origin === undefined) return;
  reply.headers({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' });
}
