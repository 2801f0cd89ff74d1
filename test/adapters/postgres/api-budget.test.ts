import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiBudget } from '../../../adapters/postgres/api-budget.ts';
import { hasCode } from '../../errors.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const budget = createApiBudget(engine.pool);

test('a connection may call until nine tenths of its org’s calls are used, and again when they are fewer', async () => {
  const connection = await engine.connection();
  await budget.assertLeft(connection);
  await budget.note(connection, { used: 4_499, allowed: 5_000 });
  await budget.assertLeft(connection);
  await budget.note(connection, { used: 4_800, allowed: 5_000 });
  await assert.rejects(budget.assertLeft(connection), (error) => {
    hasCode('SF_BUDGET_SPENT')(error);
    assert.match((error as Error).message, /Of the 5,000 API calls .* 4,800 are used; Mooring stops at 90 %/);
    return true;
  });
  await budget.assertLeft(await engine.connection());
  await budget.note(connection, { used: 100, allowed: 5_000 });
  await budget.assertLeft(connection);
});

test('what was said some time ago is no reason any more: one call is spent to know', async () => {
  const connection = await engine.connection();
  await budget.note(connection, { used: 5_000, allowed: 5_000 });
  await engine.pool.query(
    `UPDATE mooring.api_budget SET seen_at = now() - interval '11 minutes' WHERE connection_id = $1`,
    [connection],
  );
  await budget.assertLeft(connection);
});

test('a connection may keep to another share of the calls', async () => {
  const connection = await engine.connection();
  const set = (percent: number): Promise<unknown> =>
    engine.pool.query(
      `UPDATE mooring.connection SET spec = jsonb_set(spec, '{salesforce,apiBudget}', $2) WHERE id = $1`,
      [connection, String(percent)],
    );
  await budget.note(connection, { used: 2_600, allowed: 5_000 });
  await budget.assertLeft(connection);
  await set(50);
  await assert.rejects(budget.assertLeft(connection), /Mooring stops at 50 %/);
  await set(100);
  await budget.note(connection, { used: 4_999, allowed: 5_000 });
  await budget.assertLeft(connection);
});
