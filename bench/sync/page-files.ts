import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connected } from './world.ts';

/** Rows of a file, as many as Mooring asks for at once. */
const PAGE_ROWS = 50_000;

/** Reads a query's whole result by Bulk API 2.0 into files, one a page, not compressed; returns their paths. */
export async function pageFiles({ session }: Connected, soql: string, folder: string): Promise<string[]> {
  const { instanceUrl, token } = session;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const jobs = `${instanceUrl}/services/data/v62.0/jobs/query`;
  const body = JSON.stringify({ operation: 'query', query: soql });
  const { id } = (await (await fetch(jobs, { method: 'POST', headers, body })).json()) as { id: string };
  for (let state = ''; state !== 'JobComplete';) {
    await delay(200);
    ({ state } = (await (await fetch(`${jobs}/${id}`, { headers })).json()) as { state: string });
    if (state === 'Failed') throw new Error(`The query failed: ${soql}`);
  }
  const files: string[] = [];
  for (let locator = ''; locator !== 'null';) {
    const page = await fetch(`${jobs}/${id}/results?maxRecords=${PAGE_ROWS}&locator=${locator}`, { headers });
    if (!page.ok || page.body === null) throw new Error(`A result page was refused with ${page.status}.`);
    const file = join(folder, `${id}-${files.length}.csv`);
    await pipeline(Readable.fromWeb(page.body), createWriteStream(file));
    files.push(file);
    locator = page.headers.get('sforce-locator') ?? 'null';
  }
  return files;
}
