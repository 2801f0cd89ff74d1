/** A browser as far as OAuth needs one: cookies per host, redirects by hand, no scripts. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  async get(url: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#send(url, { headers });
  }

  async post(url: string, form: Record<string, string>): Promise<Response> {
    return this.#send(url, { method: 'POST', body: new URLSearchParams(form) });
  }

  /** Follows redirects until an answer is none, as a browser does; returns it with its address. */
  async follow(response: Response, from: string): Promise<{ readonly response: Response; readonly url: string }> {
    let [current, url] = [response, from];
    for (let hop = 0; current.status >= 300 && current.status < 400; hop += 1) {
      if (hop === 10) throw new Error('more than ten redirects');
      url = new URL(current.headers.get('location') ?? '', url).href;
      current = await this.get(url);
    }
    return { response: current, url };
  }

  /** Fills in and sends the one form of a page; its hidden fields go along. */
  async submit(page: string, from: string, fields: Record<string, string>): Promise<Response> {
    const [, action = ''] = /<form[^>]* action="([^"]*)"/.exec(page) ?? [];
    const hidden = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
    const unescape = (text: string): string =>
      text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    const kept = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, unescape(value)]));
    return this.post(new URL(unescape(action), from).href, { ...kept, ...fields });
  }

  /** The cookies that it would send there, as the header says them. */
  cookieOf(url: string): string {
    return [...(this.#cookies.get(new URL(url).host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', this.cookieOf(url));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) jar.set(name, value);
    }
    return response;
  }
}
