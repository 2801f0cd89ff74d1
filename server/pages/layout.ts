import { html, type Html } from './html.ts';

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Allows the one style and the one script of this response, and nothing else. */
  readonly nonce: string;
  readonly script?: Html;
  /** Rules beside those that all pages share. */
  readonly style?: Html;
  /** Seconds after which a browser without scripts asks again. */
  readonly refreshSeconds?: number;
}

const NONE: Html = { markup: '' };

/** Plain colours, no opacity: the contrast of every text is what stands here, at least 4.5 in light and dark. */
const sharedStyle: Html = {
  markup: `
  :root { color-scheme: light dark; --page: #f4f5f7; --card: #fff; --text: #1b1f24; --soft: #57606a; --line: #d5d9de;
    --accent: #1f5fa8; --on-accent: #fff; --good: #1c7a3f; --bad: #b3261e; }
  @media (prefers-color-scheme: dark) {
    :root { --page: #14171a; --card: #1e2327; --text: #e8eaed; --soft: #a5adb6; --line: #3a4148;
      --accent: #8cbcff; --on-accent: #10233d; --good: #6fd08c; --bad: #ff9b92; }
  }
  * { box-sizing: border-box; }
  body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: var(--page); color: var(--text);
    display: grid; min-height: 100dvh; place-items: center; overflow-wrap: anywhere; }
  main { width: min(100%, 34rem); padding: 1rem; }
  header { color: var(--soft); font-size: 0.875rem; letter-spacing: 0.04em; margin: 0 0 0.5rem 0.25rem; }
  .card { background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem; padding: 1.5rem; }
  h1 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 1rem; }
  p { margin: 0 0 0.75rem; }
  .card > :last-child { margin-bottom: 0; }
  .status { border-left: 0.25rem solid var(--tone); padding: 0.1rem 0 0.1rem 1rem; margin: 0 0 1rem; --tone: var(--soft); }
  .status p { margin: 0; }
  .status .headline { color: var(--tone); font-weight: 600; }
  .good { --tone: var(--good); }
  .bad { --tone: var(--bad); }
  .small { color: var(--soft); font-size: 0.875rem; }
  label { display: block; margin: 0 0 0.25rem; }
  input { font: inherit; width: 100%; padding: 0.5rem 0.75rem; color: inherit; background: var(--page);
    border: 1px solid var(--soft); border-radius: 0.375rem; }
  button { font: inherit; padding: 0.5rem 1.25rem; cursor: pointer; color: var(--on-accent); background: var(--accent);
    border: 0; border-radius: 0.375rem; }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  code { font-family: ui-monospace, monospace; font-size: 0.9em; }
`,
};

/** Returns a whole document: no external assets, no inline handlers, readable on a phone. */
export const layout = ({ title, body, nonce, script, style = NONE, refreshSeconds }: Page): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · Mooring</title>
        ${refreshSeconds === undefined ? NONE : html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}" /></noscript>`}
        <style nonce="${nonce}">
          ${sharedStyle} ${style}
        </style>
      </head>
      <body>
        <main>
          <header>Mooring</header>
          <div class="card">
            <h1>${title}</h1>
            ${body}
          </div>
        </main>
        ${
          script === undefined
            ? NONE
            : html`<script nonce="${nonce}">
                ${script};
              </script>`
        }
      </body>
    </html> `.markup;
