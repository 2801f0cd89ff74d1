import type { Pool, PoolClient } from 'pg';

/** Whatever runs queries: the pool, or one session of it inside a transaction. */
export type Queryable = Pool | PoolClient;

/** Quotes an identifier for PostgreSQL. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Quotes a string literal for PostgreSQL; standard_conforming_strings is on. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
