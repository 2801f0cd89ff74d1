import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';

/** One SOQL statement and what a real org answers to it in the fixed org. Exactly one of the expectations is set. */
export interface Statement {
  /** `{key}` stands for the id of a record of the fixed org. */
  readonly soql: string;
  /** Keys of the records that come back: in this order where the statement has an `ORDER BY`. */
  readonly finds?: readonly string[];
  /** The records themselves, without `attributes` and with keys for ids, fields in this order. Children stand as a list. */
  readonly rows?: readonly unknown[];
  /** `totalSize` of a lone `COUNT()`. */
  readonly count?: number;
  /** First and last of the calendar's days that a `COUNT(Id), MIN(…), MAX(…)` hits; empty for none. */
  readonly days?: readonly [first: string, last: string] | readonly [];
  /** `errorCode` of the refusal. */
  readonly error?: string;
  /** A part of the refusal's message. */
  readonly message?: string;
  /** Asked with `queryAll`. */
  readonly all?: boolean;
  /** Why the independent grammar judges otherwise than an org does; absent where both agree. */
  readonly grammar?: string;
  /** Name of the file it stands in. */
  readonly topic: string;
}

const FOLDER = new URL('./', import.meta.url);

function readTopic(file: string): Statement[] {
  const topic = basename(file, '.yaml');
  const statements = parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Omit<Statement, 'topic'>[];
  return statements.map((statement) => ({ ...statement, topic }));
}

export const STATEMENTS: readonly Statement[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml') && file !== 'fixed-org.yaml')
  .sort()
  .flatMap(readTopic);
