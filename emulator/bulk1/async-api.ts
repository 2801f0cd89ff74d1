import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../api-error.ts';
import type { EmulatorContext } from '../context.ts';
import { apiError, asyncError, MESSAGES } from '../error-strings.ts';
import { useSession } from '../oauth/sessions.ts';
import { bearerToken } from '../rest/bearer-token.ts';
import { countCall } from '../rest/data-api.ts';
import { versionState } from '../rest/versions.ts';
import { replyFormat, sendFacts } from './async-reply.ts';

/** Bytes of one batch. */
const LARGEST_BATCH = 10_000_000;

/** How this API calls what others know by another code; its own codes pass as they are. */
const CODES: Readonly<Record<string, string>> = {
  INVALID_SESSION_ID: 'InvalidSessionId',
  REQUEST_LIMIT_EXCEEDED: 'ExceededQuota',
  UNSUPPORTED_API_VERSION: 'InvalidVersion',
  NOT_FOUND: 'InvalidUrl',
  INVALID_XML: 'InvalidXML',
};

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';

/** Answers a refusal: 400 for nearly all of them, a lost session too, in XML or JSON. */
function answerError(
  context: EmulatorContext,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refusal = isTooLarge(error) ? asyncError('tooLarge') : error;
  if (!(refusal instanceof ApiError)) context.onUnexpected(error);
  const { errorCode, message } =
    refusal instanceof ApiError
      ? refusal.entry
      : { errorCode: 'Unknown', message: MESSAGES.unexpected(Date.now() % 1_000_000_000) };
  const status = refusal instanceof ApiError ? (refusal.status === 429 ? 429 : 400) : 500;
  const facts = { exceptionCode: CODES[errorCode] ?? errorCode, exceptionMessage: message };
  return sendFacts(reply.status(status), replyFormat(request), { root: 'error', facts });
}

/** Opens `/services/async`, Bulk API 1.0: for holders of a live session, with bodies as they come and refusals of its own shape. */
export function asyncApi(
  server: FastifyInstance,
  context: EmulatorContext,
  routes: (api: FastifyInstance) => void,
): void {
  server.register(
    (api, _options, done) => {
      // A query travels as `application/json` too, and is none.
      api.removeAllContentTypeParsers();
      api.addContentTypeParser('*', { parseAs: 'string', bodyLimit: LARGEST_BATCH }, (_request, body, parsed) =>
        parsed(null, body),
      );
      api.setErrorHandler((error, request, reply) => answerError(context, error, request, reply));
      api.addHook('onRequest', async (request, reply) => {
        const { version = '' } = request.params as Readonly<Record<string, string | undefined>>;
        const state = versionState(`v${version}`);
        if (state === 'unknown') throw asyncError('invalidUrl');
        const session = await useSession(context.pool, context.orgs, bearerToken(request) ?? '');
        if (session === undefined) throw asyncError('invalidSession');
        if (state === 'retired') throw apiError('unsupportedVersion');
        countCall(request, reply, session);
      });
      routes(api);
      api.all('/*', () => {
        throw asyncError('invalidUrl');
      });
      done();
    },
    { prefix: '/services/async/:version' },
  );
}
