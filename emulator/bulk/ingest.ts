import type { Pool } from 'pg';
import { MESSAGES } from '../error-strings.ts';
import type { Orgs } from '../org.ts';
import type { Background } from './background.ts';
import { createIngestRunner } from './ingest-runner.ts';
import { createIngestStore, type IngestJob, type IngestStore } from './ingest-store.ts';

/** The half of Bulk API 2.0 that changes records. */
export interface Ingest {
  readonly store: IngestStore;
  readonly runner: { readonly start: (job: IngestJob) => void };
}

interface IngestOptions {
  readonly orgs: Orgs;
  readonly background: Background;
  readonly processingDelayMs: number;
}

/** Opens it, begins jobs that wait for it, and ends those that an earlier process was torn from. */
export async function openIngest(pool: Pool, options: IngestOptions): Promise<Ingest> {
  const store = createIngestStore(pool);
  const runner = createIngestRunner({ pool, store, ...options });
  await store.failInterrupted(MESSAGES.interrupted);
  for (const job of await store.waiting()) runner.start(job);
  return { store, runner };
}
