import type { BoundedList, CardPerson, CardRelationship, CompanyCard } from '../../domain/company-card.ts';
import type { CompanyCandidate } from '../../domain/company-resolution.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';

const NOTHING: Html = { markup: '' };

/** It stands in a frame of any width, which is its card: no centring, no border of its own. */
const style: Html = {
  markup: `
  body { display: block; place-items: normal; min-height: 0; font-size: 0.9375rem; background: var(--card); }
  main { width: auto; max-width: 60rem; padding: 1rem; }
  header { margin-left: 0; }
  .card { border: 0; padding: 0; }
  h1 { font-size: 1.25rem; margin: 0 0 0.15rem; }
  h2 { font-size: 1rem; margin: 1.25rem 0 0.5rem; }
  h2 small, li small, dt { color: var(--soft); font-size: 0.8125rem; font-weight: 400; }
  dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: 0.75rem 1rem; margin: 1rem 0 0; }
  dd { margin: 0; }
  ul { list-style: none; margin: 0 0 0.75rem; padding: 0; border-top: 1px solid var(--line); }
  li { display: grid; grid-template-columns: 1fr 1fr; gap: 0.1rem 1rem; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  li > :last-child { text-align: right; }
  li small { display: block; }
  a { color: var(--accent); }
  @media (max-width: 26rem) {
    dl { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); }
    li { grid-template-columns: 1fr; }
    li > :last-child { text-align: left; }
  }
`,
};

const join = (...parts: readonly (string | null)[]): string =>
  parts.filter((part) => part !== null && part.trim() !== '').join(' · ');

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 20 });

/** Digits in groups, none lost: the formatter takes decimals as text. */
const amount = (decimal: string | null, currency: string | null): string | null =>
  decimal === null
    ? null
    : `${grouped.format(decimal as Intl.StringNumericLiteral)}${currency === null ? '' : ` ${currency}`}`;

const all = (items: readonly Html[]): Html => ({ markup: items.map(({ markup }) => markup).join('') });

/** Only what is an address of the web becomes a link; a field of Salesforce may hold anything. */
function websiteLink(website: string | null): Html | null {
  if (website === null || website.trim() === '') return null;
  const address = /^https?:\/\//i.test(website) ? website : `https://${website}`;
  if (!URL.canParse(address) || /\s/.test(website.trim())) return html`${website}`;
  return html`<a href="${new URL(address).href}" target="_blank" rel="noopener noreferrer">${website}</a>`;
}

const mailLink = (email: string | null): Html =>
  email === null ? NOTHING : html`<a href="mailto:${encodeURIComponent(email)}">${email}</a>`;

function facts(card: CompanyCard): Html {
  const { currency } = card;
  const pairs: readonly (readonly [string, string | Html | null])[] = [
    ['ARR', amount(card.arr, currency)],
    ['MRR', amount(card.mrr, currency)],
    ['Renewal', card.renewalDate],
    ['Stage', card.stage],
    ['Customer success', card.csm],
    ['Owner', card.owner],
    ['Parent company', card.parent],
    ['Employees', card.employees === null ? null : amount(String(card.employees), null)],
    ['Annual revenue', amount(card.annualRevenue, currency)],
    ['Phone', card.phone],
    ['Website', websiteLink(card.website)],
  ];
  const known = pairs.filter(([, value]) => value !== null && value !== '');
  if (known.length === 0) return NOTHING;
  return html`<dl>
    ${all(
      known.map(
        ([label, value]) =>
          html`<div>
            <dt>${label}</dt>
            <dd>${value ?? ''}</dd>
          </div>`,
      ),
    )}
  </dl>`;
}

function list<Item>(
  title: string,
  { shown, total }: BoundedList<Item>,
  line: (item: Item) => Html,
  none: string,
): Html {
  const rest = total - shown.length;
  return html`<section aria-label="${title}">
    <h2>${title} <small>${total}</small></h2>
    ${
      total === 0
        ? html`<p class="small">${none}</p>`
        : html`<ul>
            ${all(shown.map(line))}
          </ul>`
    }
    ${rest > 0 ? html`<p class="small">and ${rest} more</p>` : NOTHING}
  </section>`;
}

const personLine = ({ name, title, department, email, phone }: CardPerson): Html =>
  html`<li>
    <div>
      <strong>${name ?? email ?? 'Without a name'}</strong>
      <small>${join(title, department)}</small>
    </div>
    <div>${mailLink(email)} <small>${phone ?? ''}</small></div>
  </li>`;

const relationshipLine = (relationship: CardRelationship): Html =>
  html`<li>
    <div>
      <strong>${relationship.name ?? 'Without a name'}</strong>
      <small>${join(relationship.type, relationship.status, relationship.stage)}</small>
    </div>
    <div>
      ${amount(relationship.arr, relationship.currency) ?? ''}
      <small>${relationship.renewalDate === null ? '' : `renews ${relationship.renewalDate}`}</small>
    </div>
  </li>`;

/** The card of a company with its people and relationships. */
export const companyPage = (card: CompanyCard, nonce: string): string =>
  layout({
    title: card.name ?? 'Without a name',
    nonce,
    style,
    body: html`<p class="small">
        ${join(card.type, card.industry, card.status, join(card.city, card.country).replace(' · ', ', '))}
      </p>
      ${facts(card)} ${list('People', card.people, personLine, 'No person is known here.')}
      ${list('Relationships', card.relationships, relationshipLine, 'No relationship is known here.')}
      <p class="small">Last changed in Mooring ${card.updatedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC</p>`,
  });

/** An Account that fits several companies. */
export const severalPage = (candidates: readonly CompanyCandidate[], nonce: string): string =>
  layout({
    title: 'Several companies',
    nonce,
    style,
    body: html`<p>This Account fits several companies, so Mooring does not choose. Leave one, or link the right one.</p>
      <ul>
        ${all(
          candidates.map(
            ({ companyId, name }) =>
              html`<li>
                <strong>${name ?? 'Without a name'}</strong>
                <small>${companyId}</small>
              </li>`,
          ),
        )}
      </ul>`,
  });

/** Why there is no card. */
export const widgetNotice = (
  { title, text }: { readonly title: string; readonly text: string },
  nonce: string,
): string => layout({ title, nonce, style, body: html`<p role="status">${text}</p>` });
