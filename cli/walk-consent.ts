import makeFetchCookie from 'fetch-cookie';
import { parse, type HTMLElement } from 'node-html-parser';
import { MooringError } from '../domain/errors.ts';

export interface Person {
  readonly username: string;
  readonly password: string;
}

type Fetch = typeof fetch;

/** Submits a form as a browser does: all its fields, and the button that was pressed. */
function submit(
  browser: Fetch,
  page: { url: string; html: HTMLElement },
  fields: Readonly<Record<string, string>>,
  buttonId?: string,
): Promise<Response> {
  const form = page.html.querySelector('form');
  if (!form)
    throw new MooringError(
      'SERVICE_FAILED',
      `The page "${page.html.querySelector('title')?.text ?? page.url}" has no form to fill in.`,
    );
  const values = new URLSearchParams();
  for (const input of form.querySelectorAll('input'))
    values.set(input.getAttribute('name') ?? '', input.getAttribute('value') ?? '');
  for (const [name, value] of Object.entries(fields)) values.set(name, value);
  const button = buttonId === undefined ? undefined : form.querySelector(`#${buttonId}`);
  if (button) values.set(button.getAttribute('name') ?? '', button.getAttribute('value') ?? '');
  const action = new URL(form.getAttribute('action') ?? page.url, page.url);
  return browser(action, { method: 'POST', body: values });
}

const pageOf = async (answer: Response) => ({ url: answer.url, html: parse(await answer.text()) });

/**
 * Walks an authorization over HTTP as a person with a browser does: opens the link, logs in, presses Allow, and arrives at the callback page.
 * For emulated orgs: a real one asks more.
 *
 * @returns the status of the page it arrived at
 */
export async function walkConsent(link: string, { username, password }: Person): Promise<number> {
  const browser = makeFetchCookie(fetch) as Fetch;
  const login = await pageOf(await browser(link));
  const consent = await pageOf(await submit(browser, login, { username, password }));
  const arrived = await submit(browser, consent, {}, 'oaapprove');
  await arrived.text();
  return arrived.status;
}
