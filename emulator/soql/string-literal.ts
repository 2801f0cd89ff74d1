const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

const unquote = (literal: string): string => literal.replace(/^'/, '').replace(/'$/, '');

/** Returns the text of a SOQL string literal. */
export const stringValue = (literal: string): string =>
  unquote(literal).replaceAll(
    /\\u([0-9A-Fa-f]{4})|\\(.)/gs,
    (_all, code: string | undefined, sign: string | undefined) =>
      code === undefined
        ? (ESCAPES[(sign ?? '').toLowerCase()] ?? sign ?? '')
        : String.fromCharCode(Number.parseInt(code, 16)),
  );

/** Returns the PostgreSQL pattern of a SOQL LIKE literal: `%`, `_` and their escapes mean the same in both. */
export const likePattern = (literal: string): string =>
  unquote(literal).replaceAll(/\\(u[0-9A-Fa-f]{4}|.)/gs, (_all, sign: string) => {
    if (sign.length > 1) return String.fromCharCode(Number.parseInt(sign.slice(1), 16));
    if (sign === '%' || sign === '_' || sign === '\\') return `\\${sign}`;
    return ESCAPES[sign.toLowerCase()] ?? sign;
  });
