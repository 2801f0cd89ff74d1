import type { FastifyRequest } from 'fastify';
import { randomBytes } from 'node:crypto';
import type { PoolClient } from 'pg';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for a request inside a composite one. */
    part: Part | null;
  }
}

/** What the requests inside a composite one share. */
export interface Part {
  /** The transaction that they all run in; absent: each has its own. */
  readonly client?: PoolClient | undefined;
}

/** Header by which an inner request names its {@link Part}: unguessable, and known only while the outer request runs. */
export const PART_HEADER = 'x-emulator-part';

export interface Parts {
  readonly open: (part: Part) => string;
  readonly find: (request: FastifyRequest) => Part | null;
  readonly close: (key: string) => void;
}

export function createParts(): Parts {
  const parts = new Map<string, Part>();
  return {
    open: (part) => {
      const key = randomBytes(16).toString('hex');
      parts.set(key, part);
      return key;
    },
    find: (request) => {
      const key = request.headers[PART_HEADER];
      return (typeof key === 'string' ? parts.get(key) : undefined) ?? null;
    },
    close: (key) => {
      parts.delete(key);
    },
  };
}
