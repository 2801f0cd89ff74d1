import { get, type UseSession } from './http.ts';
import { bodyText } from './read-body.ts';

/** Returns the names of all objects that the authorized user may see. One call, some hundred kilobytes. */
export const listObjects = (use: UseSession, connectionId: string, signal?: AbortSignal): Promise<string[]> =>
  use(connectionId, async (session) => {
    const doing = 'Listing the objects of the org';
    const reply = await get(session, {
      path: `/services/data/v${session.apiVersion}/sobjects`,
      doing,
      headers: { 'accept-encoding': 'gzip' },
      signal,
    });
    const { sobjects } = JSON.parse(await bodyText(reply, doing)) as { sobjects: readonly { readonly name: string }[] };
    return sobjects.map(({ name }) => name);
  });
