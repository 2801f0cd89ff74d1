import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDescribeCache } from '../../../adapters/postgres/describe-cache.ts';
import { ACCOUNT, describeOf } from '../../describes.ts';
import { createEngine } from '../../sync-engine.ts';

const engine = await createEngine();
const cache = createDescribeCache(engine.pool);

test('a describe comes back whole, whatever the case of the name, and a newer one replaces it', async () => {
  const connection = await engine.connection();
  assert.equal(await cache.get(connection, 'Account'), undefined);
  await cache.put(connection, { describe: ACCOUNT, lastModified: 'Mon, 05 Jan 2026 10:00:00 GMT' });
  assert.deepEqual(await cache.get(connection, 'account'), {
    describe: ACCOUNT,
    lastModified: 'Mon, 05 Jan 2026 10:00:00 GMT',
  });
  const smaller = describeOf('Account', {});
  await cache.put(connection, { describe: smaller });
  assert.deepEqual(await cache.get(connection, 'Account'), { describe: smaller });
  assert.equal(await cache.get(await engine.connection(), 'Account'), undefined);
});

test('a describe of another API version is not taken: fields come and go with versions', async () => {
  const connection = await engine.connection();
  await cache.put(connection, { describe: ACCOUNT });
  await engine.pool.query(
    `UPDATE mooring.connection SET spec = jsonb_set(spec, '{salesforce,apiVersion}', '"63.0"') WHERE id = $1`,
    [connection],
  );
  assert.equal(await cache.get(connection, 'Account'), undefined);
});
