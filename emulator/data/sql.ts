/** Quotes an identifier for PostgreSQL. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Quotes a string literal for PostgreSQL; standard_conforming_strings is on. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
