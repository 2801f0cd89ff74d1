import type { FastifyInstance } from 'fastify';
import { MooringError, type ErrorCode } from '../domain/errors.ts';
import { isClientFault, publicMessage } from './public-message.ts';

/** What is wrong with the request, and not with us. */
const STATUSES: Readonly<Partial<Record<ErrorCode, number>>> = { CONNECTION_UNKNOWN: 404, KEY_WRONG: 422 };

/** Makes a part of the server answer programs: whatever goes wrong below it is JSON of the form `{ "error": sentence }`. */
export function answerInJson(scope: FastifyInstance): void {
  scope.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }));
  scope.setErrorHandler((error, request, reply) => {
    if (isClientFault(error)) {
      return reply.code(error.statusCode ?? 400).send({ error: 'The request was not understood.' });
    }
    const status = error instanceof MooringError ? STATUSES[error.code] : undefined;
    if (error instanceof Error && status !== undefined) return reply.code(status).send({ error: error.message });
    const { name, message, stack } = error instanceof Error ? error : new Error('not an error');
    request.log.error({ error: { name, message, stack }, route: request.routeOptions.url }, 'request failed');
    return reply.code(500).send({ error: publicMessage(error, 'Mooring could not answer. Its log says why.') });
  });
}
