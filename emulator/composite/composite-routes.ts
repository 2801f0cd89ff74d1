import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../api-error.ts';
import type { EmulatorContext } from '../context.ts';
import { apiError, MESSAGES } from '../error-strings.ts';
import { changeAs } from './change-as.ts';
import { PART_HEADER, type Part } from './parts.ts';
import { withReferences } from './references.ts';

/** Parts of one composite or batch request. */
const MOST_PARTS = 25;
/** Graphs of one request, and parts in all of them together. */
const MOST_GRAPHS = 75;
const MOST_NODES = 500;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const;

interface InnerRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
}

interface InnerReply {
  readonly status: number;
  /** JSON as the route wrote it: parsed and written again, long numbers would not be the same. */
  readonly text: string;
  readonly location: string | undefined;
}

interface CompositeBody {
  readonly allOrNone?: boolean;
  readonly compositeRequest?: readonly (InnerRequest & { readonly referenceId: string })[];
}

interface GraphBody {
  readonly graphs?: readonly {
    readonly graphId: string;
    readonly compositeRequest?: NonNullable<CompositeBody['compositeRequest']>;
  }[];
}

interface BatchBody {
  readonly haltOnError?: boolean;
  readonly batchRequests?: readonly { readonly method: string; readonly url: string; readonly richInput?: unknown }[];
}

interface CompositeAnswer {
  /** JSON. */
  readonly body: string;
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
        body: JSON.stringify([{ errorCode: 'PROCESSING_HALTED', message: MESSAGES.rolledBack }]),
        httpHeaders: {},
        httpStatusCode: 400,
        referenceId: answer.referenceId,
      };

const answerJson = ({ body, ...rest }: CompositeAnswer): string => `{"body":${body},${JSON.stringify(rest).slice(1)}`;

const compositeJson = (answers: readonly CompositeAnswer[]): string =>
  `{"compositeResponse":[${answers.map(answerJson).join(',')}]}`;

const json = (reply: FastifyReply, text: string): FastifyReply =>
  reply.type('application/json;charset=UTF-8').send(text);

/** Several requests in one: `composite` with references between them, `graph` with several such groups, and `batch` without. */
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
      text: reply.body === '' ? 'null' : reply.body,
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
            return { status: error.status, text: JSON.stringify([error.entry]), location: undefined };
          });
        replies.set(referenceId, JSON.parse(reply.text));
        answers.push({
          body: reply.text,
          httpHeaders: reply.location === undefined ? {} : { Location: reply.location },
          httpStatusCode: reply.status,
          referenceId,
        });
      }
      if (allOrNone && answers.some((answer) => answer.httpStatusCode >= 400))
        throw new Undone(answers.map(rolledBack));
      return answers;
    });

  /** Runs parts in one transaction: all of them happen, or none. */
  const runWhole = async (
    request: FastifyRequest,
    compositeRequest: NonNullable<CompositeBody['compositeRequest']>,
  ): Promise<{ answers: readonly CompositeAnswer[]; isSuccessful: boolean }> => {
    const body = { allOrNone: true, compositeRequest };
    try {
      const answers = await changeAs(context, request, (client) => runComposite(request, body, { client }));
      return { answers, isSuccessful: true };
    } catch (error) {
      if (error instanceof Undone) return { answers: error.answers, isSuccessful: false };
      throw error;
    }
  };

  api.post('/composite', async (request, reply) => {
    const body = (request.body ?? {}) as CompositeBody;
    if (!Array.isArray(body.compositeRequest)) throw apiError('jsonParser');
    if (body.compositeRequest.length > MOST_PARTS)
      throw new ApiError(400, 'LIMIT_EXCEEDED', MESSAGES.tooManyParts(MOST_PARTS));
    const answers =
      body.allOrNone === true
        ? (await runWhole(request, body.compositeRequest)).answers
        : await runComposite(request, body, {});
    return json(reply, compositeJson(answers));
  });

  api.post('/composite/graph', async (request, reply) => {
    const body = (request.body ?? {}) as GraphBody;
    if (!Array.isArray(body.graphs)) throw apiError('jsonParser');
    const graphs = body.graphs as NonNullable<GraphBody['graphs']>;
    const nodes = graphs.flatMap((graph) => graph.compositeRequest ?? []);
    if (graphs.length > MOST_GRAPHS) throw new ApiError(400, 'LIMIT_EXCEEDED', MESSAGES.tooManyGraphs(MOST_GRAPHS));
    if (nodes.length > MOST_NODES) throw new ApiError(400, 'LIMIT_EXCEEDED', MESSAGES.tooManyParts(MOST_NODES));
    const done: string[] = [];
    // One after the other: each is a transaction of its own, and one that fails leaves the others alone.
    for (const { graphId, compositeRequest = [] } of graphs) {
      const { answers, isSuccessful } = await runWhole(request, compositeRequest);
      done.push(
        `{"graphId":${JSON.stringify(graphId)},"graphResponse":${compositeJson(answers)},"isSuccessful":${isSuccessful}}`,
      );
    }
    return json(reply, `{"graphs":[${done.join(',')}]}`);
  });

  api.post('/composite/batch', async (request, outer) => {
    const { haltOnError = false, batchRequests } = (request.body ?? {}) as BatchBody;
    if (!Array.isArray(batchRequests)) throw apiError('jsonParser');
    if (batchRequests.length > MOST_PARTS) throw new ApiError(400, 'LIMIT_EXCEEDED', MESSAGES.tooManyParts(MOST_PARTS));
    return withPart({}, async (key) => {
      const results: string[] = [];
      let halted = false;
      let hasErrors = false;
      const push = (statusCode: number, result: string): void => {
        results.push(`{"statusCode":${statusCode},"result":${result}}`);
        hasErrors ||= statusCode >= 400;
      };
      for (const { method, url, richInput } of batchRequests as NonNullable<BatchBody['batchRequests']>) {
        if (halted) {
          push(412, JSON.stringify([{ errorCode: 'BATCH_PROCESSING_HALTED', message: MESSAGES.halted }]));
          continue;
        }
        const reply = await send(request, key, { method, url, body: richInput });
        push(reply.status, reply.text);
        halted = haltOnError && reply.status >= 400;
      }
      return json(outer, `{"hasErrors":${hasErrors},"results":[${results.join(',')}]}`);
    });
  });
}
