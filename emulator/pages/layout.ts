import type { Person } from '../oauth/people.ts';
import { escapeHtml, html, NOTHING, type Html } from './html.ts';

/** Colours and controls that every page shares; readable in light and dark, and on a phone. */
const SHARED_STYLE = `
:root { color-scheme: light dark; --page: #f3f3f3; --card: #fff; --text: #181818; --soft: #444; --line: #c9c9c9; --accent: #0b5cab; --on-accent: #fff; --bad: #8e030f; }
@media (prefers-color-scheme: dark) {
  :root { --page: #16181c; --card: #22262b; --text: #eee; --soft: #bbb; --line: #4a4f57; --accent: #78b0ff; --on-accent: #10213a; --bad: #ff9a9a; }
}
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: var(--page); color: var(--text); overflow-wrap: anywhere; }
a { color: var(--accent); }
input { font: inherit; padding: 0.5rem; border: 1px solid #747474; border-radius: 0.25rem; }
button { font: inherit; padding: 0.4rem 1rem; border: 1px solid var(--accent); border-radius: 0.25rem; background: var(--accent); color: var(--on-accent); cursor: pointer; }
button.plain { background: var(--card); color: var(--accent); }
.error { color: var(--bad); }
footer { color: var(--soft); font-size: 0.8rem; margin-top: 1.5rem; }
`;

const NARROW_STYLE = `
main { max-width: 24rem; margin: 2rem auto; padding: 1.5rem; background: var(--card); border-radius: 0.5rem; }
h1 { font-size: 1.25rem; margin: 0 0 1rem; }
label { display: block; margin: 0 0 1rem; }
input { display: block; width: 100%; }
`;

const ORG_STYLE = `
header { background: var(--card); border-bottom: 1px solid var(--line); padding: 0.75rem 1rem; }
header, main { display: flow-root; }
header p { margin: 0; }
nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-top: 0.5rem; }
nav a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0.5rem 0 1rem; }
h2 { font-size: 1.1rem; margin: 0 0 0.75rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; padding: 1rem; margin: 0 0 1rem; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.75rem 0.5rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-size: 0.85rem; }
td form { display: inline-block; margin: 0 0.5rem 0.25rem 0; }
dl { display: grid; grid-template-columns: minmax(6rem, 12rem) 1fr; gap: 0.25rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
iframe { display: block; width: 100%; height: 34rem; border: 1px solid var(--line); border-radius: 0.25rem; background: var(--card); }
.bar { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: end; margin: 0 0 1rem; }
.bar input { max-width: 100%; }
.notice { border-left: 0.35rem solid var(--accent); }
@media (max-width: 40rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, th, td { display: block; }
  tr { border-top: 1px solid var(--line); padding: 0.5rem 0; }
  th, td { border: 0; padding: 0.15rem 0; }
  td::before { content: attr(data-label) ': '; color: var(--soft); }
  td:not([data-label])::before { content: none; }
  td:empty { display: none; }
  dl { grid-template-columns: 1fr; }
  dd { margin-bottom: 0.5rem; }
}
`;

const documentOf = (title: string, style: string, body: string): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${SHARED_STYLE}${style}</style>
</head>
<body>${body}</body>
</html>
`;

const FOOTER = '<footer>This is an emulated org on your own machine.</footer>';

/** A page with one thing to do, for somebody who is not in an org yet. */
export const narrowPage = (title: string, body: string): string =>
  documentOf(title, NARROW_STYLE, `<main>\n${body}\n${FOOTER}\n</main>`);

const LINKS = [
  ['/home', 'Home'],
  ['/accounts', 'Accounts'],
  ['/setup/connected-apps', 'Connected Apps OAuth Usage'],
  ['/setup/users', 'Users'],
] as const;

export interface OrgPage {
  readonly title: string;
  /** Who looks at it. */
  readonly person: Person;
  /** Path of the link that the page stands for. */
  readonly at: (typeof LINKS)[number][0];
  readonly body: Html;
  /** What the last button did. */
  readonly notice?: string | undefined;
}

/** A page of the org, with the links to all others. */
export function orgPage({ title, person, at, body, notice }: OrgPage): string {
  const links = LINKS.map(
    ([path, label]) => html`<a href="${path}" ${path === at ? html`aria-current="page"` : NOTHING}>${label}</a>`,
  );
  const page = html`<header>
      <p><strong>${person.org.name}</strong> · ${person.username}</p>
      <nav aria-label="Org">${links}<a href="/secur/logout.jsp">Log Out</a></nav>
    </header>
    <main>
      <h1>${title}</h1>
      ${notice === undefined ? NOTHING : html`<section class="notice" role="status">${notice}</section>`} ${body}
      ${{ markup: FOOTER }}
    </main>`;
  return documentOf(`${title} | ${person.org.name}`, ORG_STYLE, page.markup);
}
