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

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

/** Template tag: what stands in `${…}` is escaped, for text and for quoted attributes, unless it is markup already. */
export const html = (literals: TemplateStringsArray, ...values: readonly (string | number | Html)[]): Html => ({
  markup: String.raw(
    { raw: literals.raw },
    ...values.map((value) => (typeof value === 'object' ? value.markup : escape(String(value)))),
  ),
});
