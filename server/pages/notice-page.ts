import { html } from './html.ts';
import { layout } from './layout.ts';

/** A page that says one thing. */
export const noticePage = (title: string, message: string, nonce: string): string =>
  layout({ title, nonce, body: html`<div class="status bad"><p>${message}</p></div>` });

/** The one answer to every link or callback that is not good: which part was wrong is nobody's business. */
export const invalidLinkPage = (nonce: string): string =>
  noticePage(
    'This link is not valid',
    'It was used before, has expired, or was opened in another browser. Ask for a new link: mooring authorize NAME',
    nonce,
  );
