import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '../support/database.ts';
import { findClients } from './clients.ts';
import { problemsOf } from './outcome.ts';
import { runClient } from './run-clients.ts';

const clients = await findClients();

for (const client of clients) {
  test(`${client.name} believes the org at 120,000 rows`, async () => {
    const database = await createTestDatabase();
    const report = await runClient(client, { rows: 120_000, createDatabase: async () => database.url });
    await database.drop();
    assert.deepEqual(problemsOf(report), []);
  });
}
