import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAudit } from '../../../adapters/postgres/audit.ts';
import { migrateModel } from '../../../adapters/postgres/migrate.ts';
import { adopt, findOrphans } from '../../../adapters/postgres/orphans.ts';
import { prune } from '../../../adapters/postgres/prune.ts';
import { MooringError } from '../../../domain/errors.ts';
import { hasCode } from '../../errors.ts';
import { ACME_ORG, OTHER_ORG, startFakeSalesforce } from '../../fake-salesforce.ts';
import { authorize, connectionIdOf, consent, createVault, specOf } from '../../vault.ts';

const salesforce = await startFakeSalesforce();
const vault = await createVault(salesforce.app);
const { pool, ports, activities } = vault;
await migrateModel(pool, 'model');
await migrateModel(pool, 'crm');

const rowsOf = async (connectionId: string): Promise<number> => {
  const { rows } = await pool.query<{ count: string }>(
    `SELECT (SELECT count(*) FROM model.company WHERE connection_id = $1) + (SELECT count(*) FROM crm.person WHERE connection_id = $1) AS count`,
    [connectionId],
  );
  return Number(rows[0]?.count);
};

/** An authorized connection with rows in two schemas, as after a change of `schema:`, and a watermark. */
async function loaded(name: string, companies = 25): Promise<string> {
  await authorize(vault, salesforce, name);
  const connectionId = await connectionIdOf(vault, name);
  await pool.query(`INSERT INTO model.company (connection_id, name) SELECT $1, 'c' FROM generate_series(1, $2)`, [
    connectionId,
    companies,
  ]);
  await pool.query(`INSERT INTO crm.person (connection_id, identity_key) VALUES ($1, 'jane@acme.example')`, [
    connectionId,
  ]);
  await pool.query(
    `INSERT INTO mooring.watermark (connection_id, job_name, modstamp, revision) VALUES ($1, 'company-sync', now(), 1)`,
    [connectionId],
  );
  return connectionId;
}

async function destroyed(name: string, companies?: number): Promise<string> {
  const connectionId = await loaded(name, companies);
  await activities.destroyConnection({ connection: name });
  return connectionId;
}

const apply = (name: string) => ports.connections.save(specOf(name, salesforce.loginUrl), 'test');

const orphanOf = async (name: string) => {
  const [orphan] = await findOrphans(pool, name);
  assert.ok(orphan, `"${name}" has left rows`);
  return orphan;
};

const watermarks = async (connectionId: string): Promise<number> =>
  (await pool.query('SELECT FROM mooring.watermark WHERE connection_id = $1', [connectionId])).rowCount ?? 0;

test('destroying touches no row, and a new connection of the name is refused while they are there', async () => {
  const connectionId = await destroyed('acme');
  assert.equal(await rowsOf(connectionId), 26);
  await assert.rejects(apply('acme'), (error) => {
    assert.ok(error instanceof MooringError);
    assert.equal(error.code, 'CONNECTION_ROWS_REMAIN');
    assert.match(error.message, /"crm\.person", "model\.company"/);
    assert.match(error.message, new RegExp(`in org "${ACME_ORG}": mooring connection adopt acme\\.`));
    assert.match(error.message, /mooring prune acme\./);
    return true;
  });
  assert.equal(await ports.connections.find('acme'), undefined, 'nothing is left of the refused one');
  assert.notEqual((await apply('another-name')).connectionId, connectionId);
});

test('an adopted connection has its id, rows and watermarks, and only its own org can authorize it', async () => {
  const connectionId = await destroyed('adopted');
  await adopt(pool, 'adopted', 'jane');
  const back = await ports.connections.findOrThrow('adopted');
  assert.deepEqual([back.connectionId, back.state, back.orgId], [connectionId, 'revoked', ACME_ORG]);
  assert.deepEqual([await rowsOf(connectionId), await watermarks(connectionId)], [26, 1]);
  assert.deepEqual(await apply('adopted'), { connectionId, revision: 1, created: false, changed: false });

  const exchange = async (orgId?: string) =>
    activities.exchangeConsent({
      connection: 'adopted',
      attemptId: await consent(vault, salesforce, 'adopted', orgId),
    });
  assert.equal((await exchange(OTHER_ORG)).outcome, 'refused_other_org');
  assert.equal((await ports.connections.findOrThrow('adopted')).state, 'revoked');
  const outcome = await exchange();
  assert.ok(outcome.outcome === 'authorized', outcome.message);
  assert.deepEqual(outcome.effects, ['storeGrant', 'resumeSchedules'], 'as after a revoke');
  const { rows } = await pool.query('SELECT FROM mooring.connection WHERE name = $1', ['adopted']);
  assert.equal(rows.length, 1, 'no second connection of the name');
  const events = (await readAudit(pool, connectionId)).map(({ event }) => event);
  assert.ok(events.includes('adopted') && events.includes('destroyed'));
});

test('only what was destroyed and has left rows is adopted', async () => {
  await apply('alive');
  await assert.rejects(adopt(pool, 'alive', 'test'), hasCode('REFUSED'));
  await assert.rejects(adopt(pool, 'never-there', 'test'), hasCode('REFUSED'));
  await activities.destroyConnection({ connection: 'alive' });
  await assert.rejects(adopt(pool, 'alive', 'test'), hasCode('REFUSED'), 'it has no rows');
  await assert.rejects(
    pool.query(`UPDATE mooring.connection SET state = 'active', org_id = $1 WHERE name = 'alive'`, [ACME_ORG]),
    { code: 'MO001' },
  );
});

test('a pruned name is free, for another org too, as after the refresh of a sandbox', async () => {
  const connectionId = await destroyed('sandbox');
  const reports: string[] = [];
  const { rows, finished } = await prune({
    pool,
    orphan: await orphanOf('sandbox'),
    actor: 'jane',
    batchRows: 10,
    report: (table, deleted) => reports.push(`${table} ${deleted}`),
  });
  assert.deepEqual([rows, finished], [{ 'crm.person': 1, 'model.company': 25 }, true]);
  assert.deepEqual(reports, ['crm.person 1', 'model.company 10', 'model.company 20', 'model.company 25']);
  assert.deepEqual([await rowsOf(connectionId), await watermarks(connectionId)], [0, 0]);
  assert.deepEqual(await findOrphans(pool, 'sandbox'), []);
  const pruned = (await readAudit(pool, connectionId)).find(({ event }) => event === 'pruned');
  assert.deepEqual([pruned?.actor, pruned?.details], ['jane', rows]);

  const refreshed = await authorize(vault, salesforce, 'sandbox', OTHER_ORG);
  assert.ok(refreshed.outcome === 'authorized', refreshed.message);
  assert.equal((await ports.connections.findOrThrow('sandbox')).orgId, OTHER_ORG);
});

test('pruning touches nobody else’s rows', async () => {
  const [kept, gone] = [await loaded('kept'), await destroyed('gone')];
  await prune({ pool, orphan: await orphanOf('gone'), actor: 'test' });
  assert.deepEqual([await rowsOf(kept), await watermarks(kept), await rowsOf(gone)], [26, 1, 0]);
});

test('an interrupted prune keeps what is left, without a watermark, and goes on when it is repeated', async () => {
  const connectionId = await destroyed('interrupted');
  const abort = new AbortController();
  const orphan = await orphanOf('interrupted');
  const report = (_table: string, deleted: number): void => {
    if (deleted === 20) abort.abort();
  };
  const broken = await prune({ pool, orphan, actor: 'test', batchRows: 10, report, signal: abort.signal });
  assert.deepEqual([broken.finished, await rowsOf(connectionId)], [false, 5]);
  assert.equal(await watermarks(connectionId), 0, 'whoever adopts the rest reads everything anew');
  await assert.rejects(apply('interrupted'), hasCode('CONNECTION_ROWS_REMAIN'));
  const rest = await prune({ pool, orphan: await orphanOf('interrupted'), actor: 'test' });
  assert.deepEqual([rest.finished, await rowsOf(connectionId)], [true, 0]);
});

test('rows that were adopted meanwhile are not pruned', async () => {
  const connectionId = await destroyed('raced');
  const orphan = await orphanOf('raced');
  await adopt(pool, 'raced', 'test');
  await assert.rejects(prune({ pool, orphan, actor: 'test' }), hasCode('REFUSED'));
  assert.deepEqual([await rowsOf(connectionId), await watermarks(connectionId)], [26, 1]);
});

test('rows that other tables refer to are not pruned, and the message names who refers to them', async () => {
  const connectionId = await destroyed('referred', 1);
  await pool.query(
    'CREATE TABLE public.invoice (company_id uuid CONSTRAINT invoice_company REFERENCES model.company (id))',
  );
  await pool.query('INSERT INTO public.invoice SELECT id FROM model.company WHERE connection_id = $1', [connectionId]);
  await assert.rejects(prune({ pool, orphan: await orphanOf('referred'), actor: 'test' }), (error) => {
    assert.ok(error instanceof MooringError);
    assert.match(error.message, /"model\.company" cannot be deleted: the table "invoice" .* "invoice_company"/);
    return true;
  });
  await pool.query('DROP TABLE public.invoice');
});

test('every orphan is listed, and connections that exist are not', async () => {
  const names = (await findOrphans(pool)).map(({ name }) => name);
  assert.deepEqual(names.sort(), ['acme', 'referred']);
});
