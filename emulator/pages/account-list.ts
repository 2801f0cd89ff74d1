import type { EmulatorContext } from '../context.ts';
import { identifier } from '../data/sql.ts';
import { normalizeId } from '../salesforce-id.ts';
import { html, NOTHING } from './html.ts';
import type { Pages } from './org-routes.ts';

const PAGE_ROWS = 25;

interface AccountRow {
  readonly Id: string;
  readonly Name: string;
  readonly Type: string | null;
  readonly Industry: string | null;
}

/** Returns the number of a page, from 1. */
const pageNumber = (text: string | undefined): number => {
  const page = Number(text ?? '1');
  return Number.isSafeInteger(page) && page > 0 && page <= 1_000_000 ? page : 1;
};

/** `/accounts`: the Accounts that are not in the bin, by name; `search` takes a part of the name, or an id. */
export function accountList(pages: Pages, { pool }: EmulatorContext): void {
  pages.page('/accounts', '/accounts', async ({ person, query }) => {
    const search = (query['search'] ?? '').trim().slice(0, 255);
    const page = pageNumber(query['page']);
    const { rows } = await pool.query<AccountRow>(
      `SELECT "Id", "Name", "Type", "Industry" FROM ${identifier(person.org.schema)}."Account"
       WHERE NOT "IsDeleted" AND (strpos(emulator.fold("Name"), emulator.fold($1)) > 0 OR "Id" = $2)
       ORDER BY "Name", "Id" LIMIT ${PAGE_ROWS + 1} OFFSET $3`,
      [search, normalizeId(search) ?? '', (page - 1) * PAGE_ROWS],
    );
    const linkTo = (target: number): string =>
      `/accounts?${new URLSearchParams({ ...(search === '' ? {} : { search }), page: String(target) }).toString()}`;
    const shown = rows.slice(0, PAGE_ROWS).map(
      ({ Id, Name, Type, Industry }) =>
        html`<tr>
          <th scope="row"><a href="/accounts/${Id}">${Name.trim() === '' ? Id : Name}</a></th>
          <td data-label="Type">${Type ?? ''}</td>
          <td data-label="Industry">${Industry ?? ''}</td>
          <td data-label="Account ID">${Id}</td>
        </tr>`,
    );
    return {
      title: 'Accounts',
      body: html`<section>
        <form class="bar" method="get" action="/accounts" role="search">
          <label>Name or id<br /><input name="search" type="search" value="${search}" /></label>
          <button type="submit">Search</button>
        </form>
        ${
          shown.length === 0
            ? html`<p>No Account is called so.</p>`
            : html`<table>
                <thead>
                  <tr>
                    <th scope="col">Account Name</th>
                    <th scope="col">Type</th>
                    <th scope="col">Industry</th>
                    <th scope="col">Account ID</th>
                  </tr>
                </thead>
                <tbody>
                  ${shown}
                </tbody>
              </table>`
        }
        <p class="bar">
          ${page > 1 ? html`<a href="${linkTo(page - 1)}" rel="prev">Previous</a>` : NOTHING}
          ${rows.length > PAGE_ROWS ? html`<a href="${linkTo(page + 1)}" rel="next">Next</a>` : NOTHING}
        </p>
      </section>`,
    };
  });
}
