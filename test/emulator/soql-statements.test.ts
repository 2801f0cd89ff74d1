import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedOrg } from './soql-statements/fixed-org.ts';
import { STATEMENTS, type Statement } from './soql-statements/statements.ts';

const EXPECTATIONS = ['finds', 'rows', 'count', 'days', 'error'] as const;
const DAY_MS = 24 * 3_600_000;

interface Reply {
  readonly totalSize: number;
  readonly done: boolean;
  readonly records: readonly unknown[];
}

/** Leaves out `attributes`, and of child queries all but their records. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('records' in value) return plain(value.records);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'attributes')
      .map(([name, inner]) => [name, plain(inner)]),
  );
}

/** Without `ORDER BY` an org promises no order. */
const inOrder = ({ soql }: Statement, rows: readonly string[]): readonly string[] =>
  /\border\s+by\b(?![^(]*\)\s*(?:,|FROM))/i.test(soql) ? rows : rows.toSorted();

function check(statement: Statement, status: number, text: string): void {
  if (statement.error !== undefined) {
    assert.equal(status, 400, text);
    const [refusal] = JSON.parse(text) as { errorCode: string; message: string }[];
    assert.equal(refusal?.errorCode, statement.error, text);
    assert.ok(refusal.message.includes(statement.message ?? ''), `"${refusal.message}" lacks "${statement.message}".`);
    return;
  }
  assert.equal(status, 200, text);
  const reply = JSON.parse(text) as Reply;
  if (statement.count !== undefined) {
    assert.deepEqual([reply.totalSize, reply.records], [statement.count, []]);
    return;
  }
  assert.equal(reply.done, true);
  assert.equal(reply.totalSize, reply.records.length);
  if (statement.finds !== undefined) {
    const keys = reply.records.map((record) => String((record as { Id?: string }).Id));
    assert.deepEqual(inOrder(statement, keys), inOrder(statement, statement.finds));
    return;
  }
  if (statement.days !== undefined) {
    const [first, last] = statement.days;
    const days = first === undefined || last === undefined ? 0 : (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
    const [record] = reply.records as { expr0: number; expr1: string | null; expr2: string | null }[];
    const day = (at: string | null | undefined): string | undefined => at?.slice(0, 10);
    assert.deepEqual([record?.expr0, day(record?.expr1), day(record?.expr2)], [days, first, last]);
    return;
  }
  const asText = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row));
  assert.deepEqual(
    inOrder(statement, asText(reply.records.map(plain))),
    inOrder(statement, asText(statement.rows ?? [])),
  );
}

for (const statement of STATEMENTS) {
  test(`${statement.topic}: ${statement.soql}`, async () => {
    const org = await fixedOrg();
    const resource = statement.all === true ? 'queryAll' : 'query';
    const soql = encodeURIComponent(org.withIds(statement.soql));
    const response = await org.get(`/services/data/v62.0/${resource}?q=${soql}`);
    check(statement, response.status, org.withKeys(await response.text()));
  });
}

test('there are 400 statements, no two alike, each with one expectation', () => {
  assert.ok(STATEMENTS.length >= 400, `There are only ${STATEMENTS.length}.`);
  const texts = STATEMENTS.map(({ soql, all }) => `${String(all)} ${soql}`);
  assert.deepEqual(
    texts.filter((text, index) => texts.indexOf(text) !== index),
    [],
  );
  const unclear = STATEMENTS.filter((one) => EXPECTATIONS.filter((name) => one[name] !== undefined).length !== 1);
  assert.deepEqual(unclear, []);
});
