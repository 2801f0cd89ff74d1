import type { ChildProcess } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { argv } from 'node:process';
import { startEmulator } from '../emulator/start.ts';
import { startPostgres } from '../services/postgres.ts';
import { openSession } from './open-session.ts';
import { agent, best, PASSES, rate, type Speed } from './read-pages.ts';
import { report, serve } from './serving.ts';

/** Rows of the result that is served; the accounts of the org. */
const ROWS = Number(process.env['MOORING_BENCH_ROWS'] ?? 1_000_000);
const PAGE_ROWS = 50_000;
/** Rows read over REST, page by page. */
const REST_ROWS = 40_000;
const REST_PAGE_ROWS = 2_000;
const QUERY =
  'SELECT Id, Name, Industry, Type, Phone, Website, BillingStreet, BillingCity, BillingCountry, AnnualRevenue, NumberOfEmployees, ARR__c, OwnerId, ParentId, SystemModstamp FROM Account';

/** The bare server: the bytes of a range of one file, by pipe. */
function serveBare(file: string): void {
  const server = http.createServer((request, response) => {
    const range = new URL(request.url ?? '/', 'http://bare').searchParams;
    response.writeHead(200, { 'Content-Type': 'text/csv', 'Content-Encoding': 'gzip' });
    createReadStream(file, {
      start: Number(range.get('start')),
      end: Number(range.get('end')) - 1,
      highWaterMark: 256 * 1024,
    }).pipe(response);
  });
  server.listen(0, '127.0.0.1', () => report(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
}

/** A bare server of a REST page: what `JSON.stringify` makes of its objects, anew for each request. */
async function serveStringified(address: string, token: string): Promise<void> {
  const page: unknown = await (await fetch(address, { headers: { authorization: `Bearer ${token}` } })).json();
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json;charset=UTF-8' });
    response.end(JSON.stringify(page));
  });
  server.listen(0, '127.0.0.1', () => report(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
}

async function serveEmulator(databaseUrl: string, dataDir: string): Promise<void> {
  const emulator = await startEmulator({
    databaseUrl,
    dataDir,
    orgs: [
      {
        name: 'bench',
        apps: [],
        sizes: { accounts: ROWS, contacts: 10, users: 500, opportunities: 10, cases: 10, relationships: 10 },
      },
    ],
  });
  report(emulator.url);
}

async function finishedJob(url: string, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const created = await fetch(`${url}/services/data/v62.0/jobs/query`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ operation: 'queryAll', query: QUERY }),
  });
  const { id } = (await created.json()) as { id: string };
  for (;;) {
    const { state } = (await (await fetch(`${url}/services/data/v62.0/jobs/query/${id}`, { headers })).json()) as {
      state: string;
    };
    if (state === 'JobComplete') return id;
    if (state === 'Failed') throw new Error('The query job failed.');
    await new Promise((waited) => setTimeout(waited, 100));
  }
}

/** Serves a Bulk result of {@link ROWS} rows page by page, and the same bytes by a bare file server; returns the comparison as text. */
export async function benchEmulator(): Promise<string> {
  const postgres = await startPostgres({ settings: { fsync: 'off' } });
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-emulator-'));
  const children: ChildProcess[] = [];
  try {
    const begun = performance.now();
    const emulator = await serve(import.meta.filename, 'emulator', [postgres.url, dataDir]);
    children.push(emulator.child);
    const generated = (performance.now() - begun) / 1000;
    const { token } = await openSession(postgres.url, 'bench');
    const jobBegun = performance.now();
    const job = await finishedJob(emulator.url, token);
    const jobSeconds = (performance.now() - jobBegun) / 1000;
    const rssBefore = await emulator.peakRssMb();

    const results = join(dataDir, 'bulk-results');
    const [folder = ''] = await readdir(results);
    const file = join(results, folder, 'records.csv.gz');
    const { size } = await stat(file);
    const bare = await serve(import.meta.filename, 'bare', [file]);
    children.push(bare.child);

    const pages = Math.ceil(ROWS / PAGE_ROWS);
    const bareSpeed = await best(async (read) => {
      for (let page = 0; page < pages; page += 1) {
        const [start, end] = [page, page + 1].map((at) => Math.floor((size * at) / pages));
        await read(`${bare.url}/?start=${start ?? 0}&end=${end ?? 0}`, {});
      }
    });
    const readPages = (maxRecords: number, encoding: Record<string, string>): Promise<Speed> =>
      best(async (read) => {
        for (let locator = ''; locator !== 'null';) {
          const address = `${emulator.url}/services/data/v62.0/jobs/query/${job}/results?maxRecords=${maxRecords}&locator=${locator}`;
          const page = await read(address, { authorization: `Bearer ${token}`, ...encoding });
          locator = String(page.headers['sforce-locator']);
        }
      });
    const gzip = { 'accept-encoding': 'gzip' };
    const speed = await readPages(PAGE_ROWS, gzip);
    const uneven = await readPages(PAGE_ROWS - 777, gzip);
    const plain = await readPages(PAGE_ROWS, {});
    const line = (name: string, of: Speed, rows = ROWS, to = bareSpeed): string =>
      `${name.padEnd(44)} ${rate(of).toFixed(0).padStart(6)} MB/s  ${(rows / of.seconds / 1000).toFixed(0).padStart(6)}k rows/s  ${(rate(of) / rate(to)).toFixed(2)} of bare`;

    const headers = { authorization: `Bearer ${token}` };
    const first = `${emulator.url}/services/data/v62.0/query?q=${encodeURIComponent(`${QUERY} LIMIT ${REST_ROWS}`)}`;
    const stringified = await serve(import.meta.filename, 'stringified', [first, token]);
    children.push(stringified.child);
    const { nextRecordsUrl } = (await (await fetch(first, { headers })).json()) as { nextRecordsUrl: string };
    const restPages = REST_ROWS / REST_PAGE_ROWS;
    const stringifySpeed = await best(async (read) => {
      for (let page = 0; page < restPages; page += 1) await read(stringified.url, {});
    });
    const restSpeed = await best(async (read) => {
      await read(first, headers);
      for (let page = 1; page < restPages; page += 1)
        await read(emulator.url + nextRecordsUrl.replace(/\d+$/, String(page * REST_PAGE_ROWS)), headers);
    });
    return [
      `Emulator, ${ROWS.toLocaleString('en')} rows, ${(size / 2 ** 20).toFixed(0)} MB of gzip, ${pages} pages`,
      `org made in ${generated.toFixed(1)} s, query job done in ${jobSeconds.toFixed(1)} s`,
      line('bare file server', bareSpeed),
      line('result pages, gzip', speed),
      line('result pages that cut members, gzip', uneven),
      line('result pages, decompressed by the server', plain),
      line('bare JSON.stringify, REST pages', stringifySpeed, REST_ROWS, stringifySpeed),
      line('REST pages, the query included', restSpeed, REST_ROWS, stringifySpeed),
      `ratio of REST to bare ${(rate(restSpeed) / rate(stringifySpeed)).toFixed(2)} (target 0.25)`,
      `ratio of Bulk to bare ${(rate(speed) / rate(bareSpeed)).toFixed(2)} (target 0.50); peak RSS ${rssBefore} MB after the job, ${await emulator.peakRssMb()} MB after ${3 * PASSES} readings`,
    ].join('\n');
  } finally {
    for (const child of children) child.kill('SIGKILL');
    agent.destroy();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const [, script = '', role = '', ...parameters] = argv;
if (resolve(script) === import.meta.filename) {
  if (role === 'bare') serveBare(parameters[0] ?? '');
  else if (role === 'stringified') await serveStringified(parameters[0] ?? '', parameters[1] ?? '');
  else if (role === 'emulator') await serveEmulator(parameters[0] ?? '', parameters[1] ?? '');
  else console.log(await benchEmulator());
}
