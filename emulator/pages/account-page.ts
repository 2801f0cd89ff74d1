import { canvasApps, type CanvasApp } from '../canvas/apps.ts';
import { canvasEnvelope } from '../canvas/envelope.ts';
import { signRequest } from '../canvas/signed-request.ts';
import type { EmulatorContext } from '../context.ts';
import { identifier } from '../data/sql.ts';
import { normalizeId } from '../salesforce-id.ts';
import { html, type Html } from './html.ts';
import type { Pages, Visit } from './org-routes.ts';

interface AccountRow {
  readonly Id: string;
  readonly Name: string;
  readonly Type: string | null;
  readonly Industry: string | null;
  readonly Phone: string | null;
  readonly Website: string | null;
  readonly BillingCity: string | null;
  readonly BillingCountry: string | null;
  readonly owner: string | null;
  readonly parentId: string | null;
  readonly parentName: string | null;
}

/** `/accounts/ID`: one Account, with the pages that Canvas apps show on it. */
export function accountPage(pages: Pages, context: EmulatorContext): void {
  pages.page('/accounts/:id', '/accounts', async (visit) => {
    const { person } = visit;
    const account = await readAccount(context, visit);
    if (account === undefined) return undefined;
    const apps = await canvasApps(context.pool, person.org);
    const canvases = await Promise.all(
      apps.map(async (app, index) => {
        const record = { type: 'Account', id: account.Id };
        const origin = context.url();
        const envelope = await canvasEnvelope({ pool: context.pool, origin, app, person, record });
        return canvas(app, `canvas-${index + 1}`, signRequest(envelope, app.clientSecret));
      }),
    );
    return { title: account.Name, body: html`${details(account)} ${canvases}` };
  });
}

async function readAccount({ pool }: EmulatorContext, { person, parameters }: Visit): Promise<AccountRow | undefined> {
  const schema = identifier(person.org.schema);
  const { rows } = await pool.query<AccountRow>(
    `SELECT a.*, u."Name" AS owner, p."Id" AS "parentId", p."Name" AS "parentName" FROM ${schema}."Account" a
     LEFT JOIN ${schema}."User" u ON u."Id" = a."OwnerId"
     LEFT JOIN ${schema}."Account" p ON p."Id" = a."ParentId" AND NOT p."IsDeleted"
     WHERE a."Id" = $1 AND NOT a."IsDeleted"`,
    [normalizeId(parameters['id'] ?? '') ?? ''],
  );
  return rows[0];
}

function details(account: AccountRow): Html {
  const parent =
    account.parentId === null
      ? ''
      : html`<a href="/accounts/${account.parentId}">${account.parentName ?? account.parentId}</a>`;
  const place = [account.BillingCity, account.BillingCountry].filter((part) => part !== null).join(', ');
  const facts: readonly (readonly [string, string | Html | null])[] = [
    ['Account Name', account.Name],
    ['Account ID', account.Id],
    ['Type', account.Type],
    ['Industry', account.Industry],
    ['Phone', account.Phone],
    ['Website', account.Website],
    ['Billing Address', place],
    ['Parent Account', parent],
    ['Account Owner', account.owner],
  ];
  const shown = facts.filter(([, value]) => value !== null && value !== '');
  return html`<section aria-labelledby="details">
    <h2 id="details">Details</h2>
    <dl>
      ${shown.map(
        ([label, value]) =>
          html`<dt>${label}</dt>
            <dd>${value ?? ''}</dd>`,
      )}
    </dl>
  </section>`;
}

/** A frame, and a form that posts the signed request into it as soon as the page is there. */
const canvas = ({ clientId, canvasUrl }: CanvasApp, name: string, signedRequest: string): Html =>
  html`<section aria-labelledby="${name}-title">
    <h2 id="${name}-title">${clientId}</h2>
    <iframe name="${name}" title="${clientId} canvas"></iframe>
    <form id="${name}-form" method="post" action="${canvasUrl}" target="${name}">
      <input type="hidden" name="signed_request" value="${signedRequest}" />
      <noscript><button type="submit">Show</button></noscript>
    </form>
    <script>
      document.getElementById('${name}-form').submit();
    </script>
  </section>`;
