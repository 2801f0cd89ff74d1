import type { FastifyInstance } from 'fastify';
import { setCanvasUrl } from '../canvas/apps.ts';
import type { EmulatorContext } from '../context.ts';
import { addRedirectUri } from '../oauth/apps.ts';
import { orgNow } from '../oauth/people.ts';
import { ControlError, done } from './control-request.ts';
import { dataControlRoutes } from './data-control-routes.ts';
import { faultProblem, type FaultRule } from './faults.ts';
import { metadataControlRoutes } from './metadata-control-routes.ts';
import { orgControlRoutes } from './org-control-routes.ts';
import { requestLogPage } from './request-log-page.ts';

/** Out-of-band routes under `/__emulator`: tests look and change here, clients never do. */
export function controlRoutes(server: FastifyInstance, context: EmulatorContext): void {
  const { pool, orgs, faults, requestLog } = context;

  server.get('/__emulator/status', async () => ({
    orgs: await Promise.all(
      [...orgs.values()].map(async (org) => {
        const now = await orgNow(pool, org);
        return {
          id: org.id,
          name: org.name,
          schema: org.schema,
          now: now.toISOString(),
          apiCalls: org.usage.calls.total(now),
          apiLimit: org.usage.limit,
        };
      }),
    ),
    faults: faults.all(),
  }));

  server.post('/__emulator/apps', async (request, reply) => {
    const { clientId, redirectUri, canvasUrl } = request.body as Record<string, string> & { clientId: string };
    if (redirectUri !== undefined) await addRedirectUri(pool, clientId, redirectUri);
    if (canvasUrl !== undefined) await setCanvasUrl(pool, clientId, canvasUrl);
    return done(reply);
  });

  server.get('/__emulator/requests', (request, reply) => {
    const { path, fault } = request.query as Readonly<Record<string, string | undefined>>;
    const pattern = new RegExp(path ?? '');
    const chosen = requestLog
      .all()
      .filter((entry) => pattern.test(entry.path) && (fault === undefined || entry.fault === fault));
    if (request.headers.accept?.includes('text/html') !== true) return chosen;
    return reply.type('text/html; charset=UTF-8').send(requestLogPage(chosen));
  });
  server.delete('/__emulator/requests', (_request, reply) => {
    requestLog.clear();
    return done(reply);
  });

  server.get('/__emulator/faults', () => faults.all());
  server.post('/__emulator/faults', (request) => {
    const { times = 1, ...rule } = (request.body ?? {}) as FaultRule & { times?: number };
    const problem = faultProblem(rule);
    if (problem !== undefined) throw new ControlError(problem);
    return faults.add(rule, times);
  });
  server.delete('/__emulator/faults/:id', (request, reply) => {
    const { id } = request.params as { id: string };
    if (!faults.remove(Number(id))) throw new ControlError(`There is no fault "${id}"; it may be spent.`);
    return done(reply);
  });
  server.delete('/__emulator/faults', (_request, reply) => {
    faults.clear();
    return done(reply);
  });

  orgControlRoutes(server, context);
  dataControlRoutes(server, context);
  metadataControlRoutes(server, context);
}
