import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createAcceptOnce } from '../../../adapters/postgres/widget-requests.ts';
import { createVault } from '../../vault.ts';

const { pool } = await createVault({ loginUrl: 'http://127.0.0.1:1', clientId: 'unused' });
const acceptOnce = createAcceptOnce(pool);

test('a request is accepted once for each connection', async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  assert.equal(await acceptOnce(one, 'envelope'), true);
  assert.equal(await acceptOnce(one, 'envelope'), false);
  assert.equal(await acceptOnce(other, 'envelope'), true);
  assert.equal(await acceptOnce(one, 'envelope2'), true);
});

test('what cannot look new again is forgotten as new ones come, and what can is not', async () => {
  const id = randomUUID();
  for (let index = 0; index < 30; index += 1) await acceptOnce(id, `old ${index}`);
  await pool.query(`UPDATE mooring.widget_request SET expires_at = expires_at - interval '50 days'`);
  await acceptOnce(id, 'young');
  await pool.query(
    `UPDATE mooring.widget_request SET expires_at = expires_at - interval '49 days 18 hours' WHERE expires_at > now()`,
  );
  for (let index = 0; index < 3; index += 1) await acceptOnce(id, `new ${index}`);
  const { rows } = await pool.query<{ count: number }>('SELECT count(*)::integer AS count FROM mooring.widget_request');
  assert.equal(rows[0]?.count, 4);
  // A turn of 32 bits of milliseconds after it came.
  assert.equal(await acceptOnce(id, 'young'), false);
});
