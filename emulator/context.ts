import type { Pool } from 'pg';
import type { Ingest } from './bulk/ingest.ts';
import type { Bulk } from './bulk/bulk.ts';
import type { Bulk1 } from './bulk1/bulk1.ts';
import type { Parts } from './composite/parts.ts';
import type { BulkOptions } from './contract.ts';
import type { Faults } from './control/faults.ts';
import type { OpenTransactions } from './control/open-transactions.ts';
import type { RequestLog } from './control/request-log.ts';
import type { IdTokens } from './oauth/id-tokens.ts';
import type { Orgs } from './org.ts';

/** What the routes of one running emulator share. */
export interface EmulatorContext {
  readonly pool: Pool;
  readonly orgs: Orgs;
  /** Origin of the emulator, known once it listens. */
  readonly url: () => string;
  readonly pageRows: number;
  readonly bulk: Bulk;
  readonly bulk1: Bulk1;
  readonly bulkOptions: BulkOptions;
  readonly ingest: Ingest;
  readonly faults: Faults;
  readonly idTokens: IdTokens;
  readonly parts: Parts;
  readonly requestLog: RequestLog;
  readonly transactions: OpenTransactions;
  /** Told of errors that the emulator did not foresee: its own bugs, or a lost database. */
  readonly onUnexpected: (error: unknown) => void;
}
