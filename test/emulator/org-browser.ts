import assert from 'node:assert/strict';
import makeFetchCookie from 'fetch-cookie';
import { parse, type HTMLElement } from 'node-html-parser';

type Fetch = typeof fetch;

export interface OpenPage {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly document: HTMLElement;
  /** What a person reads, with single blanks. */
  readonly text: string;
}

const open = async (response: Response): Promise<OpenPage> => {
  const document = parse(await response.text());
  return {
    status: response.status,
    url: response.url,
    headers: response.headers,
    document,
    text: (document.querySelector('body')?.textContent ?? '').replaceAll(/\s+/g, ' '),
  };
};

const nameOf = (button: HTMLElement): string =>
  button.getAttribute('aria-label') ?? button.textContent.replaceAll(/\s+/g, ' ').trim();

/** Somebody at the pages of an emulated org: cookies and forms as a browser has them, without scripts. */
export function createVisitor(origin: string) {
  const browser = makeFetchCookie(fetch) as Fetch;

  const send = async (
    form: HTMLElement,
    url: string,
    typed: Readonly<Record<string, string>>,
    button?: HTMLElement,
  ) => {
    const values = new URLSearchParams();
    for (const input of form.querySelectorAll('input'))
      values.set(input.getAttribute('name') ?? '', input.getAttribute('value') ?? '');
    const pressed = button?.getAttribute('name');
    if (pressed !== undefined) values.set(pressed, button?.getAttribute('value') ?? '');
    for (const [name, value] of Object.entries(typed)) values.set(name, value);
    const action = new URL(form.getAttribute('action') ?? '', url);
    return open(await browser(action, { method: 'POST', body: values }));
  };

  return {
    fetch: browser,
    visit: async (path: string): Promise<OpenPage> => open(await browser(new URL(path, origin))),

    /** Presses the one button of this accessible name. */
    press(page: OpenPage, name: string, typed: Readonly<Record<string, string>> = {}): Promise<OpenPage> {
      const buttons = page.document.querySelectorAll('button').filter((button) => nameOf(button) === name);
      assert.equal(buttons.length, 1, `buttons named "${name}" on ${page.url}`);
      const [button] = buttons;
      const form = button?.closest('form');
      assert.ok(form, `the button "${name}" is in a form`);
      return send(form, page.url, typed, button);
    },

    async logIn(page: OpenPage, username: string, password = 'emulator'): Promise<OpenPage> {
      return this.press(page, 'Log In', { username, password });
    },
  };
}

export type Visitor = ReturnType<typeof createVisitor>;
