import { join } from 'node:path';
import type { Emulator, LoginOptions, OrgSizes } from '../emulator/contract.ts';
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
  leads: 500,
  tasks: 2_000,
  events: 500,
};

/** An org beside the first, for seeing that a connection takes the consent of one org only. */
const OTHER_ORG = 'globex';
const OTHER_SIZE: OrgSizes = { ...DEMO_SIZE, users: 20, accounts: 50, contacts: 50, relationships: 20 };

/** Two people for each org: one to authorize, and one to authorize instead, or to freeze the first. */
const peopleOf = (org: string): readonly LoginOptions[] => [
  { username: `admin@${org}.example`, password: 'emulator', firstName: 'Ada', lastName: 'Admin' },
  { username: `ben@${org}.example`, password: 'emulator', firstName: 'Ben', lastName: 'Berger' },
];

export interface DemoOrg {
  readonly emulator: Emulator;
  readonly databaseUrl: string;
  readonly died: Promise<Error>;
  readonly stop: () => Promise<void>;
}

/** Who can log in, for a line of output: `admin@acme.example, ben@acme.example; password emulator`. */
export const peopleLine = ({ orgs }: Emulator): string => {
  const people = orgs.flatMap(({ users }) => users);
  const passwords = new Set(people.map(({ password }) => password));
  return `${people.map(({ username }) => username).join(', ')}; password ${[...passwords].join(' or ')}`;
};

export interface DemoOrgOptions {
  readonly name: string;
  readonly sizes: OrgSizes;
  /** Bulk results lie here. */
  readonly dataDir: string;
  readonly redirectUris?: readonly string[];
  /** Where Account pages of the org find the widget. */
  readonly canvasUrl?: string;
  readonly port?: number;
}

/** Starts an emulated org, and a small one beside it, on a PostgreSQL instance of their own; all are gone when it stops. */
export async function startDemoOrg({
  name,
  sizes,
  dataDir,
  redirectUris = [],
  canvasUrl,
  port,
}: DemoOrgOptions): Promise<DemoOrg> {
  const postgres = await startPostgres({
    name: 'salesforce',
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  const app = { ...APP, redirectUris, rotation: true, ...(canvasUrl === undefined ? {} : { canvasUrl }) };
  const other = name === OTHER_ORG ? `${OTHER_ORG}-2` : OTHER_ORG;
  try {
    const emulator = await startEmulator({
      databaseUrl: postgres.url,
      dataDir: join(dataDir, 'emulator'),
      reset: true,
      ...(port === undefined ? {} : { port }),
      orgs: [
        { name, sizes, apps: [app], users: peopleOf(name) },
        { name: other, sizes: OTHER_SIZE, apps: [app], users: peopleOf(other) },
      ],
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
