import type { FastifyInstance } from 'fastify';
import { MooringError } from '../domain/errors.ts';
import { isClientFault, publicMessage } from './public-message.ts';

/** Makes a part of the server answer programs: whatever goes wrong below it is JSON of the form `{ "error": sentence }`. */
export function answerInJson(scope: FastifyInstance): void {
  scope.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here.' }));
  scope.setErrorHandler((error, request, reply) => {
    if (isClientFault(error)) {
      return reply.code(error.statusCode ?? 400).send({ error: 'The request was not understood.' });
    }
    if (error instanceof MooringError && error.code === 'CONNECTION_UNKNOWN') {
      return reply.code(404).send({ error: error.message });
    }
    const { name, message, stack } = error instanceof Error ? error : new Error('not an error');
    request.log.error({ error: { name, message, stack }, route: request.routeOptions.url }, 'request failed');
    return reply.code(500).send({ error: publicMessage(error, 'Mooring could not answer. Its log says why.') });
  });
}
