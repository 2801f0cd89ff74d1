import { join } from 'node:path';
import type { Emulator, OrgSizes } from '../emulator/contract.ts';
import { startEmulator } from '../emulator/start.ts';
import { startPostgres } from '../services/postgres.ts';

export const APP = { clientId: 'mooring-demo', clientSecret: 'only-for-the-emulated-org' } as const;

export const DEMO_SIZE: OrgSizes = {
  users: 300,
  accounts: 5_000,
  contacts: 20_000,
  relationshipTypes: 8,
  relationships: 4_000,
  opportunities: 2_000,
  cases: 500,
};

export interface DemoOrg {
  readonly emulator: Emulator;
  readonly databaseUrl: string;
  readonly died: Promise<Error>;
  readonly stop: () => Promise<void>;
}

export interface DemoOrgOptions {
  readonly name: string;
  readonly sizes: OrgSizes;
  /** Bulk results lie here. */
  readonly dataDir: string;
  readonly redirectUris?: readonly string[];
  readonly port?: number;
}

/** Starts one emulated org on a PostgreSQL instance of its own; both are gone when it stops. */
export async function startDemoOrg({
  name,
  sizes,
  dataDir,
  redirectUris = [],
  port,
}: DemoOrgOptions): Promise<DemoOrg> {
  const postgres = await startPostgres({
    name: 'salesforce',
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  try {
    const emulator = await startEmulator({
      databaseUrl: postgres.url,
      dataDir: join(dataDir, 'emulator'),
      reset: true,
      ...(port === undefined ? {} : { port }),
      orgs: [{ name, sizes, apps: [{ ...APP, redirectUris, rotation: true }] }],
    });
    return {
      emulator,
      databaseUrl: postgres.url,
      died: postgres.died,
      async stop() {
        await emulator.stop();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}
