import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../domain/names.ts';
import { choosePort, freePort } from '../../services/free-port.ts';
import { ensureSearchAttributes, missingSearchAttributes } from '../../services/search-attributes.ts';
import { configuredTemporal, resolveTemporal, startTemporal } from '../../services/temporal.ts';
import { startScript } from '../support/script.ts';
import { until } from '../support/until.ts';

const folder = await mkdtemp(join(tmpdir(), 'mooring-temporal-test-'));
after(() => rm(folder, { recursive: true }));

async function withConnection<T>(address: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

test('a restart keeps workflows, search attributes and addresses; a second start is refused meanwhile', async () => {
  const dataDir = join(folder, 'restart');
  const first = await startTemporal({ dataDir });
  await withConnection(first.address, (connection) =>
    new Client({ connection }).workflow.start('nobody', { taskQueue: 'none', workflowId: 'kept' }),
  );
  assert.ok(first.uiUrl);
  assert.equal((await fetch(first.uiUrl)).status, 200);
  await assert.rejects(startTemporal({ dataDir }), { code: 'ALREADY_RUNNING', message: /restart/ });
  await first.stop();

  const second = await startTemporal({ dataDir });
  assert.deepEqual([second.address, second.uiUrl], [first.address, first.uiUrl]);
  await withConnection(second.address, async (connection) => {
    const { status } = await new Client({ connection }).workflow.getHandle('kept').describe();
    assert.equal(status.name, 'RUNNING');
    assert.deepEqual(await missingSearchAttributes(connection, second.namespace, SEARCH_ATTRIBUTES), []);
  });
  await second.stop();
});

test('ports that are taken are named, and a temporary server leaves no file behind', async () => {
  const server = await startTemporal({ headless: true });
  const port = Number(server.address.split(':')[1]);
  await assert.rejects(startTemporal({ port }), {
    code: 'PORT_TAKEN',
    message: new RegExp(`Temporal dev server.*"${port}"`),
  });
  await assert.rejects(startTemporal({ uiPort: port }), {
    code: 'PORT_TAKEN',
    message: new RegExp(`Web UI.*"${port}"`),
  });
  assert.equal(server.uiUrl, undefined);
  await server.stop();
  await assert.rejects(stat(dirname(server.logFile ?? '')), { code: 'ENOENT' });
});

test('missing search attributes are added to a running server, and a refusal is told, not thrown', async () => {
  const server = await startTemporal({ headless: true, searchAttributes: ['MooringJob'] });
  await withConnection(server.address, async (connection) => {
    assert.deepEqual(
      await missingSearchAttributes(connection, 'default', SEARCH_ATTRIBUTES),
      SEARCH_ATTRIBUTES.filter((name) => name !== 'MooringJob'),
    );
    assert.equal(await ensureSearchAttributes(connection, 'default', SEARCH_ATTRIBUTES), undefined);
    await until(
      'they are registered',
      async () => (await missingSearchAttributes(connection, 'default', SEARCH_ATTRIBUTES)).length === 0,
    );
    const refused = await ensureSearchAttributes(connection, 'no-such-namespace', SEARCH_ATTRIBUTES);
    assert.deepEqual(refused?.missing, SEARCH_ATTRIBUTES);
    assert.match(refused.reason, /no-such-namespace|not found/i);
  });
  await server.stop();
});

test('kill -9 of the parent ends the server', async () => {
  const script = startScript(`
    import { startTemporal } from(services/temporal.ts);
    const { address } = await startTemporal({ headless: true });
    console.log(JSON.stringify(address));
    setInterval(() => {}, 1000);`);
  const address = String(await script.next());
  await withConnection(address, (connection) => connection.workflowService.getSystemInfo({}));
  script.process.kill('SIGKILL');
  const port = Number(address.split(':')[1]);
  await until('its port is free', async () => (await choosePort({ name: 'It', last: port })) === port);
});

test('a server that the environment names is used as it is, and nothing is started', async () => {
  // An empty PATH: starting something would fail.
  const env = {
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
    TEMPORAL_NAMESPACE: 'acme.a1b2c',
    TEMPORAL_API_KEY: 'key',
    PATH: '',
  };
  const server = await resolveTemporal({ env });
  assert.equal(server.address, env.TEMPORAL_ADDRESS);
  assert.equal(server.namespace, 'acme.a1b2c');
  assert.equal(server.connectionOptions.tls, true);
  await server.stop();

  const configFile = join(folder, 'temporal.toml');
  await writeFile(configFile, '[profile.cloud]\naddress = "cloud.example:7233"\n');
  const named = configuredTemporal({ TEMPORAL_CONFIG_FILE: configFile, TEMPORAL_PROFILE: 'cloud' });
  assert.deepEqual([named?.address, named?.namespace], ['cloud.example:7233', 'default']);
  assert.equal(configuredTemporal({ TEMPORAL_CONFIG_FILE: configFile }), undefined);
});
