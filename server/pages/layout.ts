import { html, type Html } from './html.ts';

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Allows the one style and the one script of this response, and nothing else. */
  readonly nonce: string;
  readonly script?: Html;
  /** Seconds after which a browser without scripts asks again. */
  readonly refreshSeconds?: number;
}

const NONE: Html = { markup: '' };

const style: Html = {
  markup: `
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
  body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; display: grid; min-height: 100dvh; place-items: center; }
  main { box-sizing: border-box; width: min(100%, 34rem); padding: 1.5rem; }
  h1 { font-size: 1.4rem; margin: 0 0 0.75rem; overflow-wrap: anywhere; }
  p { margin: 0 0 0.75rem; overflow-wrap: anywhere; }
  .status { border: 1px solid var(--line); border-left-width: 0.35rem; border-radius: 0.4rem; padding: 1rem; }
  .status p { margin: 0; }
  .status + .small { margin-top: 0.75rem; }
  .waiting { border-left-color: #888; }
  .good { border-left-color: #2a8a4a; }
  .bad { border-left-color: #c0392b; }
  .small { font-size: 0.875rem; opacity: 0.75; }
`,
};

/** Returns a whole document: no external assets, no inline handlers, readable on a phone. */
export const layout = ({ title, body, nonce, script, refreshSeconds }: Page): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · Mooring</title>
        ${refreshSeconds === undefined ? NONE : html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}" /></noscript>`}
        <style nonce="${nonce}">
          ${style}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
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
