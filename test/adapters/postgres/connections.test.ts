import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAudit } from '../../../adapters/postgres/audit.ts';
import { CONNECTION_STATES } from '../../../domain/lifecycle.ts';
import { hasCode } from '../../errors.ts';
import { createVault, specOf } from '../../vault.ts';

const vault = await createVault({ loginUrl: 'http://127.0.0.1:1', clientId: 'none' });
const { connections } = vault.ports;
const spec = specOf('acme', 'https://login.salesforce.com');

test('a specification is stored once, and a change of it makes a revision', async () => {
  const created = await connections.save(spec, 'cli');
  assert.deepEqual([created.revision, created.created, created.changed], [1, true, true]);
  const same = await connections.save(structuredClone(spec), 'cli');
  assert.deepEqual(same, { connectionId: created.connectionId, revision: 1, created: false, changed: false });
  const changed = await connections.save({ ...spec, schema: 'crm' }, 'cli');
  assert.deepEqual(changed, { connectionId: created.connectionId, revision: 2, created: false, changed: true });
  assert.equal((await connections.findOrThrow('acme')).spec.schema, 'crm');
  const events = (await readAudit(vault.pool, created.connectionId)).map(({ event }) => event);
  assert.deepEqual(events, ['configuration_applied', 'connection_created']);
});

test('ten appliers at once make one connection', async () => {
  const saved = await Promise.all(
    Array.from({ length: 10 }, () => connections.save({ ...spec, name: 'raced' }, 'cli')),
  );
  assert.equal(new Set(saved.map(({ connectionId }) => connectionId)).size, 1);
  assert.equal(saved.filter(({ created }) => created).length, 1);
});

test('a destroyed connection frees its name and is not seen any more', async () => {
  const { connectionId } = await connections.save({ ...spec, name: 'gone' }, 'cli');
  await vault.pool.query(`UPDATE mooring.connection SET state = 'destroyed' WHERE id = $1`, [connectionId]);
  assert.equal(await connections.find('gone'), undefined);
  await assert.rejects(connections.findOrThrow('gone'), hasCode('CONNECTION_UNKNOWN'));
  const again = await connections.save({ ...spec, name: 'gone' }, 'cli');
  assert.notEqual(again.connectionId, connectionId);
  assert.deepEqual(
    (await connections.list()).map(({ name }) => name),
    ['acme', 'gone', 'raced'],
  );
});

test('the states of the lifecycle and of the table are the same', async () => {
  const { rows } = await vault.pool.query<{ definition: string }>(
    `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = 'connection_state_check'`,
  );
  const allowed = [...(rows[0]?.definition ?? '').matchAll(/'(\w+)'::text/g)].map(([, state]) => state);
  assert.deepEqual(allowed, [...CONNECTION_STATES]);
});
