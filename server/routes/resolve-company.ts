import type { FastifyInstance } from 'fastify';
import { NAME_PATTERN } from '../../domain/names.ts';
import { toId18 } from '../../domain/salesforce-ids.ts';
import { answerInJson } from '../answer-in-json.ts';
import { guardFor } from '../guard.ts';
import type { ApiPorts } from '../ports.ts';
import { createRateLimit } from '../rate-limit.ts';

/** A page of Salesforce that shows one company asks once; a program that walks all Accounts should read the model instead. */
const LIMIT = { perSecond: 20, burst: 60 } as const;

/** First characters of every Account's id. */
const ACCOUNT_PREFIX = '001';

interface ResolveRequest {
  readonly Params: { readonly name: string };
  /** A parameter that stands twice arrives as an array. */
  readonly Querystring: Readonly<Record<string, string | string[] | undefined>>;
}

/** Returns the 18 characters of an Account's id, or why `id` is not one. */
function readAccountId(id: string | string[] | undefined): { readonly id: string } | { readonly error: string } {
  if (typeof id !== 'string' || id === '') {
    return { error: 'The parameter "accountId" is missing: give it once, as 15 or 18 characters.' };
  }
  const full = toId18(id);
  if (full === undefined) {
    return {
      error: `"${id.slice(0, 40)}" is no Salesforce id: expected 15 or 18 letters and digits, upper and lower case as in Salesforce.`,
    };
  }
  if (full.startsWith(ACCOUNT_PREFIX)) return { id: full };
  return { error: `"${id}" is not the id of an Account: those begin with "${ACCOUNT_PREFIX}".` };
}

/** `GET /api/connections/<name>/companies/resolve?accountId=…`: which company an Account is: one (200), none (404) or several (409). */
export async function resolveCompanyRoute(server: FastifyInstance, ports: ApiPorts): Promise<void> {
  await server.register(
    (api, _options, done) => {
      answerInJson(api);
      const onRequest = guardFor('resolve', { ...ports, limit: createRateLimit(LIMIT) });
      api.get<ResolveRequest>('/connections/:name/companies/resolve', { onRequest }, async (request, reply) => {
        const { name } = request.params;
        const { connection } = request.caller ?? {};
        if (!new RegExp(NAME_PATTERN).test(name)) return reply.code(404).send({ error: 'There is nothing here.' });
        if (connection !== null && connection !== name) {
          return reply.code(403).send({ error: `The token is not for connection "${name}".` });
        }
        const account = readAccountId(request.query['accountId']);
        if ('error' in account) return reply.code(400).send({ error: account.error });

        const resolution = await ports.resolveCompany(name, account.id);
        if (resolution.status === 'none') return reply.code(404).send(resolution);
        if (resolution.status === 'several') return reply.code(409).send(resolution);
        return resolution;
      });
      done();
    },
    { prefix: '/api' },
  );
}
