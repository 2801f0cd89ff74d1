import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { choosePort, freePort, LOOPBACK } from '../../services/free-port.ts';

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, LOOPBACK);
  await once(server, 'listening');
  return server;
}

test('a port that somebody asked for and another program has is refused in a sentence', async () => {
  const port = await freePort();
  const server = await listen(port);
  try {
    await assert.rejects(choosePort({ name: 'The emulator', port }), {
      code: 'PORT_TAKEN',
      message: new RegExp(`The emulator.*"${port}"`),
    });
  } finally {
    server.close();
  }
});

test('the port of last time is kept while it is free, and replaced when it is not', async () => {
  const last = await freePort();
  assert.equal(await choosePort({ name: 'It', last }), last);
  const server = await listen(last);
  try {
    assert.notEqual(await choosePort({ name: 'It', last }), last);
  } finally {
    server.close();
  }
});

test('a free port is one that no system gives to outgoing connections', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  assert.deepEqual(
    ports.filter((port) => port < 10_000 || port >= 32_768),
    [],
  );
});
