import { get, type UseSession } from './http.ts';
import { bodyText } from './read-body.ts';

/** Returns the API versions that the org serves, as in `62.0`, oldest first. */
export const listVersions = (use: UseSession, connectionId: string, signal?: AbortSignal): Promise<string[]> =>
  use(connectionId, async (session) => {
    const doing = 'Listing the API versions of the org';
    const reply = await get(session, { path: '/services/data', doing, signal });
    const versions = JSON.parse(await bodyText(reply, doing)) as readonly { readonly version: string }[];
    return versions.map(({ version }) => version).sort((one, other) => Number(one) - Number(other));
  });
