import type { EmulatorContext } from '../context.ts';
import { appsOf, appUses, blockApp, revokeUse, type AppUse } from '../oauth/usage.ts';
import { tokenField } from './browser-session.ts';
import { html, type Html } from './html.ts';
import type { Form, Pages, Visit } from './org-routes.ts';

const PATH = '/setup/connected-apps';

/** What the page says after a button; only these words can be asked for by its address. */
const NOTICES: Readonly<Record<string, string>> = {
  revoked: 'Revoked. The app must be let in again.',
  nothing: 'There was nothing to revoke.',
  blocked: 'Blocked. Nobody can let the app in, and it gets no new tokens.',
  unblocked: 'Unblocked. Users can let the app in again.',
};

const day = (instant: Date): string => instant.toISOString().slice(0, 16).replace('T', ' ');

/** `/setup/connected-apps`: which user let which app in; buttons revoke one user's grants or all, and block an app. */
export function connectedApps(pages: Pages, { pool }: EmulatorContext): void {
  pages.page(PATH, PATH, async (visit) => {
    const { org } = visit.person;
    const [apps, uses] = await Promise.all([appsOf(pool, org), appUses(pool, org)]);
    return {
      title: 'Connected Apps OAuth Usage',
      notice: NOTICES[visit.query['done'] ?? ''],
      body: html`${apps.map((app) =>
        appSection(
          app,
          uses.filter(({ clientId }) => clientId === app.clientId),
          visit,
        ),
      )}`,
    };
  });

  pages.button(`${PATH}/revoke`, PATH, async ({ person }, { client_id: clientId = '', user_id: userId = '' }: Form) => {
    const ended = await revokeUse(pool, person.org, clientId, userId === '' ? null : userId);
    return `${PATH}?done=${ended > 0 ? 'revoked' : 'nothing'}`;
  });

  pages.button(`${PATH}/block`, PATH, async ({ person }, { client_id: clientId = '', blocked }: Form) => {
    const isBlocked = blocked === 'true';
    const apps = await appsOf(pool, person.org);
    if (!apps.some((app) => app.clientId === clientId)) return `${PATH}?done=nothing`;
    await blockApp(pool, clientId, isBlocked);
    return `${PATH}?done=${isBlocked ? 'blocked' : 'unblocked'}`;
  });
}

function appSection(app: { clientId: string; blocked: boolean }, uses: readonly AppUse[], { request }: Visit): Html {
  const { clientId, blocked } = app;
  const token = tokenField(request);
  const revokeAll = html`<form method="post" action="${PATH}/revoke">
    ${token}<input type="hidden" name="client_id" value="${clientId}" />
    <button type="submit" aria-label="Revoke All of ${clientId}">Revoke All</button>
  </form>`;
  return html`<section aria-labelledby="app-${clientId}">
    <h2 id="app-${clientId}">${clientId}</h2>
    ${blocked ? html`<p class="error">This app is blocked.</p>` : ''}
    ${uses.length === 0 ? html`<p>No user lets this app in.</p>` : useTable(uses, token)}
    <div class="bar">
      ${uses.length === 0 ? '' : revokeAll}
      <form method="post" action="${PATH}/block">
        ${token}<input type="hidden" name="client_id" value="${clientId}" />
        <input type="hidden" name="blocked" value="${String(!blocked)}" />
        <button type="submit" class="plain" aria-label="${blocked ? 'Unblock' : 'Block'} ${clientId}">
          ${blocked ? 'Unblock' : 'Block'}
        </button>
      </form>
    </div>
  </section>`;
}

const useTable = (uses: readonly AppUse[], token: Html): Html =>
  html`<table>
    <thead>
      <tr>
        <th scope="col">User</th>
        <th scope="col">First used</th>
        <th scope="col">Last used</th>
        <th scope="col">Grants</th>
        <th scope="col">Action</th>
      </tr>
    </thead>
    <tbody>
      ${uses.map(
        ({ clientId, userId, username, grants, firstUsed, lastUsed }) =>
          html`<tr>
            <th scope="row">${username}</th>
            <td data-label="First used">${day(firstUsed)}</td>
            <td data-label="Last used">${day(lastUsed)}</td>
            <td data-label="Grants">${grants}</td>
            <td>
              <form method="post" action="${PATH}/revoke">
                ${token}<input type="hidden" name="client_id" value="${clientId}" />
                <input type="hidden" name="user_id" value="${userId}" />
                <button type="submit" aria-label="Revoke ${clientId} for ${username}">Revoke</button>
              </form>
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
