import assert from 'node:assert/strict';

/** Somebody at a browser who logs in and is asked for consent. */
export interface Visitor {
  readonly username: string;
  readonly password: string;
  /** What the visitor answers when asked; `allow` when absent. */
  readonly decision?: 'allow' | 'deny';
}

const hidden = (html: string, name: string): string | undefined =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1]?.replaceAll('&amp;', '&');

/**
 * Walks the login and consent pages of the emulator as a plain HTTP client, from an authorization URL to the redirect back to the app.
 *
 * Returns the address that the browser is sent to, which nobody follows.
 */
export async function giveConsent(authorizationUrl: string, visitor: Visitor): Promise<URL> {
  const { origin } = new URL(authorizationUrl);
  let cookie = '';
  const visit = async (address: string, form?: Record<string, string>): Promise<Response> => {
    const response = await fetch(new URL(address, origin), {
      redirect: 'manual',
      headers: { cookie },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return response;
  };

  let response = await visit(authorizationUrl);
  for (let step = 0; step < 6; step += 1) {
    const location = response.headers.get('location');
    if (location !== null) {
      const target = new URL(location, origin);
      if (target.origin !== origin) return target;
      response = await visit(target.href);
      continue;
    }
    const html = await response.text();
    const next = hidden(html, 'next');
    const request = hidden(html, 'request');
    if (next !== undefined) {
      assert.ok(!html.includes('role="alert"'), 'The login was refused.');
      response = await visit('/login', { next, username: visitor.username, password: visitor.password });
    } else if (request !== undefined) {
      response = await visit('/services/oauth2/approve', { request, decision: visitor.decision ?? 'allow' });
    } else {
      assert.fail(`The page is neither login nor consent: ${html.slice(-400)}`);
    }
  }
  return assert.fail('The pages lead in a circle.');
}
