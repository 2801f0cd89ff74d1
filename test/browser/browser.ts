import { type Browser, type BrowserContext, type Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { once, whenTestsEnd } from '../support/when-tests-end.ts';

/** For what a person waits for: pages, frames, words on them. Long, since the machine may be loaded. */
const PATIENCE_MS = 60_000;

/** One Chromium for the file; closed when its tests are over. */
const chromium: () => Promise<Browser> = once(async () => {
  const { browser } = await launchChromium();
  whenTestsEnd(() => browser.close());
  return browser;
});

/** Opens a browser of its own for one person: no cookies, nothing remembered. */
export async function openBrowser(): Promise<BrowserContext> {
  const context = await (await chromium()).newContext({ viewport: DESKTOP });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

export const DESKTOP = { width: 1280, height: 800 } as const;
/** The narrowest phone that is still common. */
export const PHONE = { width: 375, height: 740 } as const;

/** Opens an address in a new window of the person's browser. */
export async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}
