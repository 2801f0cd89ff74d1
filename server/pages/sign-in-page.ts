import { html, type Html } from './html.ts';
import { layout } from './layout.ts';

/** Asks for a token of the role `codec`. `notice` says how the last try went. */
export function signInPage(
  action: string,
  nonce: string,
  notice?: { readonly good: boolean; readonly text: string },
): string {
  const said: Html =
    notice === undefined
      ? { markup: '' }
      : html`<div class="status ${notice.good ? 'good' : 'bad'}" role="status"><p>${notice.text}</p></div>`;
  return layout({
    title: 'Read payloads in the Web UI',
    nonce,
    body: html`${said}
      <form method="post" action="${action}">
        <p>
          <label for="token">Token of the role “codec”</label>
          <input id="token" name="token" type="password" required autocomplete="off" />
        </p>
        <p class="small">Made by <code>mooring token create --role codec --expires 12h</code></p>
        <p><button>Let this browser read payloads</button></p>
      </form>
      <p class="small">
        It is kept in a cookie for 12 hours. Then switch on “Include cross-origin credentials” in the Web UI.
      </p>`,
  });
}
