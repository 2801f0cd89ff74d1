import type { BrowserContext, Page } from 'playwright-core';
import { open } from './browser.ts';

export interface Person {
  readonly username: string;
  readonly password: string;
}

/** Opens the link and logs in, as the person whose browser it is; resolves at the question whether to allow. */
export async function logIn(browser: BrowserContext, link: string, { username, password }: Person): Promise<Page> {
  const page = await open(browser, link);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log In' }).click();
  await page.getByRole('heading', { name: 'Allow Access?' }).waitFor();
  return page;
}

export const answer = (page: Page, decision: 'Allow' | 'Deny'): Promise<void> =>
  page.getByRole('button', { name: decision }).click();

/** What the page after Salesforce says; it follows the attempt by itself until the words are there. */
export const untilItSays = (page: Page, words: string | RegExp): Promise<void> =>
  page.getByRole('status').getByText(words).waitFor();
