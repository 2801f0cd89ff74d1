import Table from 'cli-table3';
import { Client } from 'pg';
import { startPostgres } from '../../services/postgres.ts';
import { TEST_SETTINGS } from '../support/test-settings.ts';
import { findClients } from './clients.ts';
import { problemsOf, type ClientReport } from './outcome.ts';
import { runClient } from './run-clients.ts';

/** Rows of the scenarios marked large, over three pages; clients.long.test.ts runs them with twenty times as many. */
const ROWS = 6_000;

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function tableOf(reports: readonly ClientReport[]): string {
  const table = new Table({ head: ['client', 'scenarios', 'passed'], style: { head: [], border: [] } });
  for (const { client, outcomes } of reports)
    table.push([client, outcomes.length, outcomes.filter((outcome) => outcome.passed).length]);
  return table.toString();
}

/** Runs the clients, all or those whose name holds one of the words, and returns the exit status. */
async function main(words: readonly string[]): Promise<number> {
  const found = await findClients((sentence) => console.log(sentence));
  const clients = found.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  if (clients.length === 0) throw new Error(`No client is called "${words.join('", "')}".`);
  const postgres = await startPostgres({ settings: TEST_SETTINGS });
  try {
    const reports: ClientReport[] = [];
    for (const client of clients) {
      const name = `client_${client.name.replaceAll('-', '_')}`;
      reports.push(await runClient(client, { rows: ROWS, createDatabase: () => createDatabase(postgres.url, name) }));
    }
    const problems = reports.flatMap(problemsOf);
    console.log(tableOf(reports));
    for (const problem of problems) console.error(problem);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await postgres.stop();
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
