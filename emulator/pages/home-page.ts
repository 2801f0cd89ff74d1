import type { EmulatorContext } from '../context.ts';
import { canvasApps } from '../canvas/apps.ts';
import { html } from './html.ts';
import type { Pages } from './org-routes.ts';

/** `/home`: where somebody arrives who has logged in. */
export function homePage(pages: Pages, { pool }: EmulatorContext): void {
  pages.page('/home', '/home', async ({ person }) => {
    const apps = await canvasApps(pool, person.org);
    const widgets =
      apps.length === 0
        ? 'No app shows a page of its own there.'
        : `Each shows what ${apps.map(({ clientId }) => clientId).join(' and ')} adds to it.`;
    return {
      title: 'Home',
      body: html`<section>
          <dl>
            <dt>Org</dt>
            <dd>${person.org.name}</dd>
            <dt>Organization id</dt>
            <dd>${person.org.id}</dd>
            <dt>You are</dt>
            <dd>${person.username}</dd>
          </dl>
        </section>
        <section>
          <h2>What you can do here</h2>
          <dl>
            <dt><a href="/accounts">Accounts</a></dt>
            <dd>Look at the org’s Accounts. ${widgets}</dd>
            <dt><a href="/setup/connected-apps">Connected Apps</a></dt>
            <dd>See who let which app in, and revoke it as an administrator does.</dd>
            <dt><a href="/setup/users">Users</a></dt>
            <dd>Freeze, deactivate and reactivate users.</dd>
          </dl>
        </section>`,
    };
  });
}
