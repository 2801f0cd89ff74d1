/** Markup that is safe to send: literals of ours, and values that were escaped. */
export interface Html {
  readonly markup: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

const markupOf = (value: HtmlValue): string => {
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
};

export type HtmlValue = string | number | Html | readonly Html[];

/** Template tag: what stands in `${…}` is escaped, for text and for quoted attributes, unless it is markup already. */
export const html = (literals: TemplateStringsArray, ...values: readonly HtmlValue[]): Html => ({
  markup: String.raw({ raw: literals.raw }, ...values.map(markupOf)),
});

export const NOTHING: Html = { markup: '' };
