import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorContext } from '../context.ts';
import { dbOf } from '../composite/change-as.ts';
import { faultOf } from '../control/apply-fault.ts';
import { unexpectedToken } from '../soql/soql-error.ts';
import { explainQuery } from './explain-query.ts';
import { sessionOf, versionOf } from './data-api.ts';
import { continueQuery, runQuery } from './run-query.ts';

const SMALLEST_BATCH = 200;
const LARGEST_BATCH = 2000;

/** Rows per page that the client asks for by `Sforce-Query-Options: batchSize=N`, within what an org gives. */
function batchSize(request: FastifyRequest, usual: number): number {
  const header = request.headers['sforce-query-options'];
  const asked = /batchSize\s*=\s*(\d+)/i.exec(typeof header === 'string' ? header : '')?.[1];
  return asked === undefined ? usual : Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, Number(asked)));
}

const json = (reply: FastifyReply, text: string): FastifyReply =>
  reply.type('application/json;charset=UTF-8').send(text);

/** `query` hides what lies in the recycle bin, `queryAll` shows it; both page by cursor. */
export function queryRoutes(api: FastifyInstance, context: EmulatorContext): void {
  for (const [name, includeDeleted] of [
    ['query', false],
    ['queryAll', true],
  ] as const) {
    api.get(`/${name}`, async (request, reply) => {
      const { q, explain } = request.query as Readonly<Record<string, string | undefined>>;
      if (explain !== undefined) return explainQuery(dbOf(context, request), sessionOf(request), explain);
      if (q === undefined || q.trim() === '') throw unexpectedToken(q ?? '', '');
      const query = {
        session: sessionOf(request),
        version: versionOf(request),
        soql: q,
        includeDeleted,
        batchSize: batchSize(request, context.pageRows),
      };
      return json(reply, await runQuery(dbOf(context, request), query));
    });
    api.get(`/${name}/:locator`, async (request, reply) => {
      const { locator = '' } = request.params as Readonly<Record<string, string | undefined>>;
      return json(
        reply,
        await continueQuery(dbOf(context, request), {
          session: sessionOf(request),
          version: versionOf(request),
          locator,
          repeatLast: faultOf(request, 'duplicateRow') !== undefined,
        }),
      );
    });
  }
}
