import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../api-error.ts';
import type { EmulatorContext } from '../context.ts';
import { apiError, MESSAGES } from '../error-strings.ts';
import { changeAs } from './change-as.ts';
import { PART_HEADER, type Part } from './parts.ts';
import { withReferences } from './references.ts';

/** Parts of one composite or batch request. */
const MOST_PARTS = 25;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const;

interface InnerRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
}

interface InnerReply {
  readonly status: number;
  readonly body: unknown;
  readonly location: string | undefined;
}

interface CompositeBody {
  readonly allOrNone?: boolean;
  readonly compositeRequest?: readonly (InnerRequest & { readonly referenceId: string })[];
}

interface BatchBody {
  readonly haltOnError?: boolean;
  readonly batchRequests?: readonly { readonly method: string; readonly url: string; readonly richInput?: unknown }[];
}

interface CompositeAnswer {
  readonly body: unknown;
  readonly httpHeaders: Readonly<Record<string, string>>;
  readonly httpStatusCode: number;
  readonly referenceId: string;
}

/** Ends the transaction of a composite request whose parts must all succeed. */
class Undone extends Error {
  readonly answers: readonly CompositeAnswer[];

  constructor(answers: readonly CompositeAnswer[]) {
    super('A part of the composite request failed.');
    this.answers = answers;
  }
}

const rolledBack = (answer: CompositeAnswer): CompositeAnswer =>
  answer.httpStatusCode >= 400
    ? answer
    : {
        body: [{ errorCode: 'PROCESSING_HALTED', message: MESSAGES.rolledBack }],
        httpHeaders: {},
        httpStatusCode: 400,
        referenceId: answer.referenceId,
      };

/** Several requests in one: `composite` with references between them, and `batch` without. */
export function compositeRoutes(api: FastifyInstance, context: EmulatorContext): void {
  /** Runs one inner request through the same routes, in the name of the same user. */
  const send = async (outer: FastifyRequest, key: string, { method, url, body }: InnerRequest): Promise<InnerReply> => {
    const verb = METHODS.find((one) => one === method.toUpperCase());
    if (verb === undefined) throw apiError('methodNotAllowed');
    const reply = await api.inject({
      method: verb,
      url: url.startsWith('/services/data/') ? url : `/services/data/${url.replace(/^\//, '')}`,
      headers: {
        authorization: outer.headers.authorization ?? '',
        'content-type': 'application/json',
        [PART_HEADER]: key,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const { location } = reply.headers;
    return {
      status: reply.statusCode,
      body: reply.body === '' ? null : (JSON.parse(reply.body) as unknown),
      location: typeof location === 'string' ? location : undefined,
    };
  };
  const withPart = async <T>(part: Part, work: (key: string) => Promise<T>): Promise<T> => {
    const key = context.parts.open(part);
    try {
      return await work(key);
    } finally {
      context.parts.close(key);
    }
  };

  const runComposite = async (
    request: FastifyRequest,
    { allOrNone = false, compositeRequest = [] }: CompositeBody,
    part: Part,
  ): Promise<CompositeAnswer[]> =>
    withPart(part, async (key) => {
      const replies = new Map<string, unknown>();
      const answers: CompositeAnswer[] = [];
      for (const { referenceId, ...inner } of compositeRequest) {
        const reply = await Promise.resolve()
          .then(() => send(request, key, withReferences(inner, replies) as InnerRequest))
          .catch((error: unknown): InnerReply => {
            if (!(error instanceof ApiError)) throw error;
            return { status: error.status, body: [error.entry], location: undefined };
          });
        replies.set(referenceId, reply.body);
        answers.push({
          body: reply.body,
          httpHeaders: reply.location === undefined ? {} : { Location: reply.location },
          httpStatusCode: reply.status,
          referenceId,
        });
      }
      if (allOrNone && answers.some((answer) => answer.httpStatusCode >= 400))
        throw new Undone(answers.map(rolledBack));
      return answers;
    });

  api.post('/composite', async (request) => {
    const body = (request.body ?? {}) as CompositeBody;
    if (!Array.isArray(body.compositeRequest)) throw apiError('jsonParser');
    if (body.compositeRequest.length > MOST_PARTS)
      throw new ApiError(400, 'LIMIT_EXCEEDED', MESSAGES.tooManyParts(MOST_PARTS));
    if (body.allOrNone !== true) return { compositeResponse: await runComposite(request, body, {}) };
    try {
      return {
        compositeResponse: await changeAs(context, request, (client) => runComposite(request, body, { client })),
      };
    } catch (error) {
      if (error instanceof Undone) return { compositeResponse: error.answers };
      throw error;
    }
  });

  api.post('/composite/batch', async (request) => {
    const { haltOnError = false, batchRequests } = (request.body ?? {}) as BatchBody;
    if (!Array.isArray(batchRequests)) throw apiError('jsonParser');
    if (batchRequests.length > MOST_PARTS) throw new ApiError(400, 'LIMIT_EXCEEDED', MESSAGES.tooManyParts(MOST_PARTS));
    return withPart({}, async (key) => {
      const results: { statusCode: number; result: unknown }[] = [];
      let halted = false;
      for (const { method, url, richInput } of batchRequests as NonNullable<BatchBody['batchRequests']>) {
        if (halted) {
          results.push({
            statusCode: 412,
            result: [{ errorCode: 'BATCH_PROCESSING_HALTED', message: MESSAGES.halted }],
          });
          continue;
        }
        const reply = await send(request, key, { method, url, body: richInput });
        results.push({ statusCode: reply.status, result: reply.body });
        halted = haltOnError && reply.status >= 400;
      }
      return { hasErrors: results.some((result) => result.statusCode >= 400), results };
    });
  });
}
