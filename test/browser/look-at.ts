import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { DESKTOP, PHONE } from './browser.ts';

/** Git ignores it. */
const SCREENSHOTS = join(import.meta.dirname, 'screenshots');

/** The least contrast of text, by WCAG 2 level AA, and that of large or bold text. */
const CONTRAST = { small: 4.5, large: 3 } as const;

/**
 * Looks for what makes a page hard to read, and says it in sentences. Runs in the page, so it is text here: wider than the window, text
 * without contrast, fields without a label, no language, heading or title.
 */
const FIND_PROBLEMS = `(() => {
  const problems = [];
  const root = document.documentElement;
  if (root.scrollWidth > window.innerWidth)
    problems.push('The page is ' + root.scrollWidth + ' pixels wide in a window of ' + window.innerWidth + '.');
  if (!root.lang) problems.push('The page names no language.');
  if (!document.title) problems.push('The page has no title.');
  if (document.querySelectorAll('h1').length !== 1) problems.push('The page has not exactly one h1.');
  for (const field of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (field.labels.length === 0) problems.push('The field "' + field.name + '" has no label.');

  const canvas = document.body.appendChild(document.createElement('i'));
  canvas.style.background = 'Canvas';
  const read = (color) => {
    const parts = /^rgba?\\(([^)]+)\\)$/.exec(color)?.[1].split(/[ ,/]+/).map(Number);
    if (!parts) throw new Error('The colour ' + color + ' is not understood.');
    return { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 };
  };
  const paper = read(getComputedStyle(canvas).backgroundColor).rgb;
  canvas.remove();
  const over = ({ rgb, alpha }, below) => rgb.map((part, at) => part * alpha + below[at] * (1 - alpha));
  const backgroundOf = (element) =>
    element === null ? paper : over(read(getComputedStyle(element).backgroundColor), backgroundOf(element.parentElement));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const opacityOf = (element) =>
    element === null ? 1 : Number(getComputedStyle(element).opacity) * opacityOf(element.parentElement);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const words = texts.currentNode.textContent.trim();
    if (words === '' || !element.checkVisibility() || ['SCRIPT', 'STYLE'].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const below = backgroundOf(element);
    const ink = read(style.color);
    const color = over({ ...ink, alpha: ink.alpha * opacityOf(element) }, below);
    const [light, dark] = [luminance(color), luminance(below)].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (isLarge ? ${CONTRAST.large} : ${CONTRAST.small}))
      problems.push('"' + words.slice(0, 40) + '" has a contrast of ' + contrast.toFixed(1) + '.');
  }
  return problems;
})()`;

const VIEWS = [
  { name: 'desktop', size: DESKTOP, colorScheme: 'light' },
  { name: 'phone', size: PHONE, colorScheme: 'light' },
  { name: 'phone-dark', size: PHONE, colorScheme: 'dark' },
] as const;

/** Looks at a page and the frames in it as people with a desktop, a phone and a dark phone do: takes a picture of each, and fails when one is hard to read. */
export async function lookAt(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  const found: string[] = [];
  for (const { name: view, size, colorScheme } of VIEWS) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.${view}.png`), fullPage: true });
    // A picture of the whole page leaves frames blank that are further down.
    for (const frame of await page.locator('iframe').all())
      await frame.screenshot({ path: join(SCREENSHOTS, `${name}.${view}.frame.png`) });
    for (const [at, frame] of page.frames().entries()) {
      const problems = await frame.evaluate<string[]>(FIND_PROBLEMS);
      found.push(...problems.map((problem) => `${name}, ${view}, frame ${at}: ${problem}`));
    }
  }
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: 'light' });
  assert.deepEqual(found, []);
}
