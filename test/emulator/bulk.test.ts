import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { from } from 'pg-copy-streams';
import { request } from 'undici';
import { until } from '../support/until.ts';
import { once } from '../support/when-tests-end.ts';
import { APP, startTestEmulator, type TestEmulator } from './test-emulator.ts';

const BASE = '/services/data/v62.0/jobs/query';
/** Small members, so that pages begin and end inside them. */
const started = once(() => startTestEmulator({ bulk: { pageRows: 150, memberRows: 64 } }));

interface JobInfo {
  readonly id: string;
  readonly state: string;
  readonly numberRecordsProcessed: number;
  readonly errorMessage?: string;
}

async function createJob(emulator: TestEmulator, query: string, more: Record<string, unknown> = {}): Promise<JobInfo> {
  const response = await emulator.send('POST', BASE, { operation: 'query', query, ...more });
  const body = (await response.json()) as JobInfo;
  assert.equal(response.status, 200, JSON.stringify(body));
  return body;
}

const jobInfo = async (emulator: TestEmulator, id: string): Promise<JobInfo> =>
  (await (await emulator.get(`${BASE}/${id}`)).json()) as JobInfo;

async function finishedJob(
  emulator: TestEmulator,
  query: string,
  more: Record<string, unknown> = {},
): Promise<JobInfo> {
  const { id } = await createJob(emulator, query, more);
  await until(
    `job ${id} ends`,
    async () => !['UploadComplete', 'InProgress'].includes((await jobInfo(emulator, id)).state),
  );
  return jobInfo(emulator, id);
}

interface Page {
  readonly status: number;
  readonly body: Buffer;
  readonly rows: number;
  readonly locator: string;
}

/** Reads a page with undici's `request`, which does not decompress behind our back. */
async function readPage({ emulator, token }: TestEmulator, path: string, gzip = false): Promise<Page> {
  const { statusCode, headers, body } = await request(emulator.url + path, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/csv', ...(gzip ? { 'accept-encoding': 'gzip' } : {}) },
  });
  const bytes = Buffer.from(await body.arrayBuffer());
  assert.equal(headers['content-encoding'], gzip ? 'gzip' : undefined);
  return {
    status: statusCode,
    body: gzip ? gunzipSync(bytes) : bytes,
    rows: Number(headers['sforce-numberofrecords']),
    locator: String(headers['sforce-locator']),
  };
}

const headerOf = (csv: Buffer): string => csv.subarray(0, csv.indexOf('\n') + 1).toString();

async function readAll(
  emulator: TestEmulator,
  id: string,
  maxRecords: number,
  gzip = false,
): Promise<{ text: string; pages: Page[] }> {
  const pages: Page[] = [];
  for (let locator = ''; locator !== 'null';) {
    const page = await readPage(
      emulator,
      `${BASE}/${id}/results?maxRecords=${maxRecords}${locator === '' ? '' : `&locator=${locator}`}`,
      gzip,
    );
    pages.push(page);
    locator = page.locator;
  }
  const header = headerOf(pages[0]?.body ?? Buffer.alloc(0));
  for (const page of pages) assert.equal(headerOf(page.body), header, 'every page repeats the header');
  return { text: header + pages.map((page) => page.body.toString().slice(header.length)).join(''), pages };
}

test('a job result holds exactly the rows of the storage, in the dialect of the Bulk API', async () => {
  const emulator = await started();
  const job = await finishedJob(
    emulator,
    'SELECT Id, Name, Description, ARR__c, Strategic__c, SystemModstamp, Renewal_Date__c, Support_Opens__c, Owner.Name FROM Account',
  );
  assert.equal(job.state, 'JobComplete', job.errorMessage);
  const { text } = await readAll(emulator, job.id, 10_000);
  assert.ok(
    text.startsWith(
      '"Id","Name","Description","ARR__c","Strategic__c","SystemModstamp","Renewal_Date__c","Support_Opens__c","Owner.Name"\n',
    ),
  );
  assert.ok(text.endsWith('"\n'));

  const client = await emulator.pool.connect();
  try {
    // The truth is read back by PostgreSQL's own CSV reader and compared as typed values.
    await client.query(
      'CREATE TEMP TABLE got (id text, name text, description text, arr numeric, strategic boolean, stamp timestamptz, renewal date, opens time, owner text)',
    );
    await pipeline(
      Readable.from([Buffer.from(text)]),
      client.query(
        from(
          'COPY got FROM STDIN (FORMAT csv, HEADER true, FORCE_NULL (name, description, arr, renewal, opens, owner))',
        ),
      ),
    );
    const truth = `SELECT a."Id", a."Name", a."Description", a."ARR__c", a."Strategic__c", a."SystemModstamp", a."Renewal_Date__c", a."Support_Opens__c", u."Name"
      FROM ${emulator.org.schema}."Account" a JOIN ${emulator.org.schema}."User" u ON u."Id" = a."OwnerId" WHERE NOT a."IsDeleted"`;
    const { rows } = await client.query(
      `(SELECT * FROM got EXCEPT ${truth}) UNION ALL (${truth} EXCEPT SELECT * FROM got)`,
    );
    assert.deepEqual(rows, []);
    const counted = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM got');
    assert.equal(counted.rows[0]?.n, job.numberRecordsProcessed);
  } finally {
    client.release();
  }
});

test('pages of any size, compressed or not, join to the same bytes', async () => {
  const emulator = await started();
  const { id, numberRecordsProcessed: total } = await finishedJob(
    emulator,
    'SELECT Id, Name, Description FROM Account',
    { operation: 'queryAll' },
  );
  const whole = (await readAll(emulator, id, 1_000_000)).text;
  for (const size of [1, 63, 64, 65, 128, 333, total - 1, total]) {
    const { text, pages } = await readAll(emulator, id, size, size % 2 === 1);
    assert.equal(text, whole, `maxRecords=${size}`);
    assert.equal(pages.length, Math.ceil(total / size));
    assert.equal(
      pages.reduce((sum, page) => sum + page.rows, 0),
      total,
    );
  }
});

test('a page can be read again by its locator, and its bytes never change', async () => {
  const emulator = await started();
  const { id } = await finishedJob(emulator, 'SELECT Id, Name FROM Contact');
  const first = await readPage(emulator, `${BASE}/${id}/results?maxRecords=100`);
  const path = `${BASE}/${id}/results?maxRecords=100&locator=${first.locator}`;
  const second = await readPage(emulator, path);
  await emulator.pool.query(`UPDATE ${emulator.org.schema}."Contact" SET "Title" = 'changed'`);
  assert.deepEqual(await readPage(emulator, path), second);
});

test('resultPages names every page up front, five at a time', async () => {
  const emulator = await started();
  const { id, numberRecordsProcessed: total } = await finishedJob(emulator, 'SELECT Id FROM Contact', {
    operation: 'queryAll',
  });
  let path: string | undefined = `${BASE}/${id}/resultPages`;
  const urls: string[] = [];
  while (path !== undefined) {
    const list = (await (await emulator.get(path)).json()) as {
      resultPages: { resultUrl: string }[];
      nextRecordsUrl?: string;
      done: boolean;
    };
    assert.ok(list.resultPages.length <= 5);
    assert.equal(list.done, list.nextRecordsUrl === undefined);
    urls.push(...list.resultPages.map((page) => page.resultUrl));
    path = list.nextRecordsUrl;
  }
  assert.equal(urls.length, Math.ceil(total / 150));
  const pages = await Promise.all(urls.map((url) => readPage(emulator, url)));
  const ids = pages.flatMap((page) => page.body.toString().trimEnd().split('\n').slice(1));
  assert.equal(new Set(ids).size, total);
});

test('an empty result is its header', async () => {
  const emulator = await started();
  const { id } = await finishedJob(emulator, "SELECT Id FROM Account WHERE Name = 'there is no such account'");
  const page = await readPage(emulator, `${BASE}/${id}/results`, true);
  assert.equal(page.body.toString(), '"Id"\n');
  assert.deepEqual([page.rows, page.locator], [0, 'null']);
});

test('delimiter and line ending are the job’s, and text keeps its own line ends', async () => {
  const emulator = await started();
  const query = "SELECT Id, Short_Note__c FROM Account WHERE Short_Note__c LIKE '%line%'";
  const plain = await finishedJob(emulator, query);
  const other = await finishedJob(emulator, query, { columnDelimiter: 'TAB', lineEnding: 'CRLF' });
  const expected = (await readAll(emulator, plain.id, 1000)).text
    .replaceAll('","', '"\t"')
    .replaceAll(/"\n(?="001|$)/g, '"\r\n')
    .replace('"Short_Note__c"\n', '"Short_Note__c"\r\n');
  assert.ok(expected.includes('line\n'));
  assert.equal((await readAll(emulator, other.id, 7)).text, expected);
});

test('a result is of the moment when the job was created', async () => {
  const emulator = await startTestEmulator({ bulk: { processingDelayMs: 300 } });
  const { id } = await createJob(emulator, 'SELECT Id, Site FROM Account');
  await emulator.pool.query(`UPDATE ${emulator.org.schema}."Account" SET "Site" = 'too late'`);
  await until('the job ends', async () => (await jobInfo(emulator, id)).state === 'JobComplete');
  const { text } = await readAll(emulator, id, 1000);
  assert.ok(!text.includes('too late'));
});

test('a job that is waiting can be aborted, a finished one only deleted', async () => {
  const emulator = await startTestEmulator({ bulk: { processingDelayMs: 60_000 } });
  const { id } = await createJob(emulator, 'SELECT Id FROM Account');
  assert.equal((await emulator.get(`${BASE}/${id}/results`)).status, 400);
  assert.equal((await emulator.send('DELETE', `${BASE}/${id}`)).status, 400);
  const aborted = await emulator.send('PATCH', `${BASE}/${id}`, { state: 'Aborted' });
  assert.equal(((await aborted.json()) as JobInfo).state, 'Aborted');
  assert.equal((await emulator.send('PATCH', `${BASE}/${id}`, { state: 'Aborted' })).status, 400);
  assert.equal((await emulator.send('DELETE', `${BASE}/${id}`)).status, 204);
  assert.equal((await emulator.get(`${BASE}/${id}`)).status, 404);
});

test('a job at work can be aborted, and one that the emulator’s end interrupted is done after the next start', async () => {
  const first = await startTestEmulator();
  const lock = await first.pool.connect();
  await lock.query('BEGIN');
  await lock.query(`LOCK TABLE ${first.org.schema}."Account"`); // the job's COPY waits for it
  const aborted = await createJob(first, 'SELECT Id FROM Account');
  const interrupted = await createJob(first, 'SELECT Id FROM Account');
  for (const { id } of [aborted, interrupted]) {
    await until('the job is at work', async () => (await jobInfo(first, id)).state === 'InProgress');
  }
  await first.send('PATCH', `${BASE}/${aborted.id}`, { state: 'Aborted' });
  await first.emulator.stop();
  await lock.query('COMMIT');
  lock.release();

  const second = await startTestEmulator({ databaseUrl: String(first.pool.options.connectionString) });
  const again = {
    ...second,
    get: (path: string) => second.send('GET', path, undefined, { authorization: `Bearer ${first.token}` }),
  };
  await until('the job ends', async () => (await jobInfo(again, interrupted.id)).state === 'JobComplete');
  assert.equal((await jobInfo(again, aborted.id)).state, 'Aborted');
});

test('results are refused to another API version and after seven days', async () => {
  const week = 7 * 24 * 3_600_000;
  const emulator = await startTestEmulator({ orgs: [{ name: 'acme', apps: [APP], sessionTimeoutMs: 30 * week }] });
  const { id } = await finishedJob(emulator, 'SELECT Id FROM User');
  assert.equal((await emulator.get(`/services/data/v61.0/jobs/query/${id}/results`)).status, 409);
  await emulator.control('POST', '/orgs/acme/clock', { advanceMs: week - 60_000 });
  assert.equal((await emulator.get(`${BASE}/${id}/results`)).status, 200);
  await emulator.control('POST', '/orgs/acme/clock', { advanceMs: 120_000 });
  assert.equal((await emulator.get(`${BASE}/${id}/results`)).status, 404);
});

const REFUSED: readonly (readonly [string, string])[] = [
  ['SELECT COUNT() FROM Account', 'API_ERROR'],
  ['SELECT Industry, COUNT(Id) FROM Account GROUP BY Industry', 'API_ERROR'],
  ['SELECT Id FROM Account LIMIT 10 OFFSET 5', 'API_ERROR'],
  ['SELECT Id, BillingAddress FROM Account', 'FUNCTIONALITY_NOT_ENABLED'],
  ['SELECT Id, Headquarters__c FROM Account', 'FUNCTIONALITY_NOT_ENABLED'],
  ['SELECT Id, (SELECT Id FROM Contacts) FROM Account', 'API_ERROR'],
  ['SELECT FIELDS(ALL) FROM Account LIMIT 200', 'API_ERROR'],
  ['SELECT Id FROM CaseStatus', 'INVALIDENTITY'],
  ['SELECT Nope FROM Account', 'INVALID_FIELD'],
  ['SELECT Id FROM Nope', 'INVALID_TYPE'],
  ['SELECT Id FROM', 'MALFORMED_QUERY'],
];

for (const [query, code] of REFUSED) {
  test(`the Bulk API refuses "${query}" with ${code}`, async () => {
    const response = await (await started()).send('POST', BASE, { operation: 'query', query });
    assert.equal(response.status, 400);
    assert.equal(((await response.json()) as { errorCode: string }[])[0]?.errorCode, code);
  });
}
