import type { DescribedObject } from '../domain/describe.ts';
import { MooringError } from '../domain/errors.ts';
import { parentsToDescribe } from '../domain/resolve-path.ts';
import type { Instant } from '../domain/window.ts';
import type { JobContext, SalesforcePort, SyncPorts } from './sync-ports.ts';

/** Reads describes, from the cache where the org says that nothing changed. */
export async function describeAll(
  ports: Pick<SyncPorts, 'describeCache'>,
  api: SalesforcePort,
  connectionId: string,
  objects: readonly string[],
) {
  const describes: DescribedObject[] = [];
  let serverNow: Instant | undefined;
  for (const object of objects) {
    const cached = await ports.describeCache.get(connectionId, object);
    const answer = await api.describe(object, cached?.lastModified);
    serverNow ??= answer.serverNow;
    const { lastModified } = answer;
    if (answer.describe) {
      await ports.describeCache.put(connectionId, {
        describe: answer.describe,
        ...(lastModified === undefined ? {} : { lastModified }),
      });
    }
    const describe = answer.describe ?? cached?.describe;
    if (describe) describes.push(describe);
  }
  return { describes, serverNow: serverNow ?? new Date().toISOString() };
}

export const lacksObject = (error: unknown): boolean =>
  error instanceof MooringError && error.code === 'SF_OBJECT_UNKNOWN';

/** Describes what dotted paths pass through. Each hop is known once the object before it is; one that is not there is a problem of its mapping. */
export async function describeParents(
  ports: Pick<SyncPorts, 'describeCache'>,
  api: SalesforcePort,
  context: Pick<JobContext, 'connectionId' | 'job'>,
  own: DescribedObject,
) {
  const parents: DescribedObject[] = [];
  const asked = new Set<string>();
  const missing = (): string[] =>
    parentsToDescribe(context.job, [own, ...parents]).filter((object) => !asked.has(object));
  for (let next = missing(); next.length > 0; next = missing()) {
    for (const object of next) {
      asked.add(object);
      try {
        const { describes } = await describeAll(ports, api, context.connectionId, [object]);
        parents.push(...describes);
      } catch (error) {
        if (!lacksObject(error)) throw error;
      }
    }
  }
  return parents;
}
