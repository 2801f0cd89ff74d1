import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorContext } from '../context.ts';
import { faultOf } from '../control/apply-fault.ts';
import { apiError } from '../error-strings.ts';
import { useSession, type LiveSession } from '../oauth/sessions.ts';
import { bearerToken } from './bearer-token.ts';
import { allVersions, versionState } from './versions.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every request below /services/data/vXX.0 and /services/async/XX.0. */
    session: LiveSession | null;
  }
}

/** Returns the session of a request that has passed the door. */
export function sessionOf(request: FastifyRequest): LiveSession {
  if (request.session === null) throw apiError('invalidSession');
  return request.session;
}

/** `62.0` of a request to `/services/data/v62.0/…`. */
export const versionOf = (request: FastifyRequest): string =>
  (request.params as Readonly<Record<string, string>>)['version']?.slice(1) ?? '';

const limitInfo = ({ org, now }: LiveSession): string => `api-usage=${org.usage.calls.total(now)}/${org.usage.limit}`;

/** Counts the call, and refuses it where a limit of the org is reached. */
export function countCall(request: FastifyRequest, reply: FastifyReply, session: LiveSession): void {
  const { usage } = session.org;
  request.session = session;
  if (request.part !== null) return; // a part of a call that was counted
  if (usage.calls.total(session.now) >= usage.limit) throw apiError('totalRequests');
  if (usage.running >= usage.concurrentLimit) throw apiError('concurrentRequests');
  usage.calls.add(session.now);
  usage.running += 1;
  reply.raw.once('close', () => {
    usage.running -= 1;
  });
  reply.header('Sforce-Limit-Info', limitInfo(session));
  // The reply's clock is the org's: consumers take their windows from it.
  const skewMs = faultOf(request, 'clockSkew')?.ms ?? 0;
  reply.header('Date', new Date(session.now.getTime() + skewMs).toUTCString());
}

/** Opens `/services/data`: the list of versions for everyone, all else for holders of a live access token. */
export function dataApi(
  server: FastifyInstance,
  context: EmulatorContext,
  routes: (api: FastifyInstance) => void,
): void {
  server.decorateRequest('session', null);
  server.get('/services/data', () => allVersions());

  server.register(
    (api, _options, done) => {
      api.addHook('onRequest', async (request, reply) => {
        const state = versionState((request.params as Readonly<Record<string, string>>)['version'] ?? '');
        if (state === 'unknown') throw apiError('notFound');
        const session = await useSession(context.pool, context.orgs, bearerToken(request) ?? '');
        if (session === undefined) {
          reply.header('WWW-Authenticate', 'Token');
          throw apiError('invalidSession');
        }
        if (state === 'retired') throw apiError('unsupportedVersion');
        countCall(request, reply, session);
      });
      api.get('', (request) => {
        const base = `/services/data/v${versionOf(request)}`;
        const names = ['sobjects', 'query', 'queryAll', 'limits', 'composite', 'recent'];
        return {
          ...Object.fromEntries(names.map((name) => [name, `${base}/${name}`])),
          jobs: `${base}/jobs`,
          identity: `${context.url()}/id/${sessionOf(request).org.id}/${sessionOf(request).userId}`,
        };
      });
      routes(api);
      done();
    },
    { prefix: '/services/data/:version' },
  );
}
