import { literal } from '../sql.ts';

/** SQL of reproducible values for the row numbered `n`, a bigint column: the same seed, field and number give the same value. */
export interface RandomSql {
  /** An integer from 0 to `below` - 1. */
  readonly below: (field: string, below: number) => string;
  /** One of the texts. */
  readonly pick: (field: string, texts: readonly string[]) => string;
  /** The first expression in `percent` of the rows, else the second (NULL when absent). */
  readonly some: (field: string, percent: number, yes: string, no?: string) => string;
}

/** FNV-1a, for salts: small, stable, and nothing secret depends on it. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash ^= character.codePointAt(0) ?? 0;
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash;
}

/** A PostgreSQL array of texts; short tables of constants, so that reading an element stays cheap. */
export const textArray = (texts: readonly string[]): string => `(ARRAY[${texts.map(literal).join(', ')}]::text[])`;

export function createRandomSql(seed: number, object: string): RandomSql {
  const below = (field: string, limit: number): string =>
    `((hashint8extended(n, ${hashText(`${seed}/${object}/${field}`)}) & 4611686018427387903) % ${Math.max(1, limit)})`;
  return {
    below,
    pick: (field, texts) => `${textArray(texts)}[1 + ${below(field, texts.length)}]`,
    some: (field, percent, yes, no = 'NULL') =>
      `(CASE WHEN ${below(`${field}?`, 1000)} < ${percent * 10} THEN ${yes} ELSE ${no} END)`,
  };
}
