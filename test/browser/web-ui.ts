import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { until } from '../support/until.ts';
import { textOf } from '../docs/pages.ts';

/** The numbered steps of docs/operate.md that follow a line. */
export function stepsAfter(line: string): string[] {
  const [, text = ''] = textOf('docs/operate.md').split(`\n${line}\n`);
  const [list = ''] = /^\s*((?:\d+\. .*(?:\n {3}.*)*\n)+)/.exec(text)?.slice(1) ?? [];
  const steps = list.split(/^\d+\. /m).slice(1);
  assert.ok(steps.length > 0, `docs/operate.md has steps after "${line}"`);
  return steps.map((step) => step.replaceAll(/\n\s*/g, ' ').trim());
}

/** A window of the Web UI, when one is open, holds what there is to click. */
const front = async (page: Page): Promise<Page | Locator> => {
  const dialog = page.getByRole('dialog').filter({ visible: true });
  return (await dialog.count()) > 0 ? dialog : page;
};

async function press(page: Page, label: string): Promise<void> {
  if (label === 'Submit') return submit(page);
  const within = await front(page);
  const named = { name: label } as const;
  await within
    .getByRole('button', named)
    .or(within.getByRole('menuitem', named))
    .or(within.getByRole('tab', named))
    .click();
}

/** Once, and again until the window has closed or says more: the first click may only have put the JSON in order. */
async function submit(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog').filter({ visible: true });
  const button = dialog.getByRole('button', { name: 'Submit' });
  // Nothing once it has closed; the text of a field is no part of this.
  const words = async () => (await dialog.allInnerTexts()).join().replaceAll(/\{[^]*\}/g, '');
  const before = await words();
  await until('the Web UI has answered', async () => {
    if ((await words()) !== before) return true;
    await button.click({ timeout: 1_000 }).catch(() => undefined); // it cannot be clicked while it is under way
    return false;
  });
}

/** The box below a label; it opens a list. */
async function choose(page: Page, value: string, label: string): Promise<void> {
  const within = await front(page);
  const box = within.locator(`label:has-text("${label}") + button`).first();
  if ((await box.locator('input').inputValue()) === value) return;
  await box.click();
  await within.getByRole('option').filter({ hasText: value }).first().click();
}

async function write(page: Page, value: string, label: string): Promise<void> {
  await (await front(page)).getByRole('textbox', { name: label }).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.type(value);
}

/** Does what a step of the page says, as a person reads it. What follows its first sentence explains. */
export async function follow(page: Page, step: string): Promise<void> {
  const codes = [...step.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  const labels = [...step.matchAll(/\*([^*]+)\*/g)].map(([, label = '']) => label);
  const [value = ''] = codes;
  const [label = ''] = labels;
  const [verb] = step.split(' ');
  if (verb === 'Open') return page.getByRole('link', { name: value, exact: true }).first().click();
  if (verb === 'Choose') return choose(page, value, label);
  if (verb === 'Write') return write(page, value, label);
  assert.equal(verb, 'Press', `the step "${step}" begins with Open, Choose, Write or Press`);
  for (const one of labels) await press(page, one);
}
