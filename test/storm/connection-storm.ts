import assert from 'node:assert/strict';
import type { AsyncCommand } from 'fast-check';
import { until } from '../support/until.ts';
import type { Person } from './emulated-salesforce.ts';
import { createZombie, type Zombie } from './zombie.ts';
import { connectionStateOf, loadedPagesOf, storedRefreshToken } from './stored.ts';
import type { Visitor } from './visitor.ts';
import { startWorkerHere, type Declared, type World } from './world.ts';

type Org = 'acme' | 'other';
export type PersonName = 'ann' | 'ben' | 'eve';

export const ORG_OF: Readonly<Record<PersonName, Org>> = { ann: 'acme', ben: 'acme', eve: 'other' };

/** What must be true of the connection, as far as steps decide it. */
export interface Expected {
  state: 'awaiting_authorization' | 'active' | 'reauthorization_required' | 'revoked';
  boundTo: Org | undefined;
  /** Who authorized last. */
  user: PersonName | undefined;
  frozen: Set<PersonName>;
  /** Whether Salesforce would honour the stored refresh token of somebody who is not frozen, and the stored access token. */
  grantLives: boolean;
  accessLives: boolean;
  isTokenEndpointDown: boolean;
  isRevokeEndpointDown: boolean;
  /** Grants whose answer got lost: Salesforce counts them, and nobody else can know of them. */
  orphans: number;
  zombie: 'none' | 'current' | 'fenced' | 'spent';
  /** While revoked: how many pages had been committed when it was. */
  pagesWhenRevoked: number | undefined;
  /** A run that cannot end by itself: it waits for a person, or for the token endpoint. */
  waitingRun: 'for a person' | 'for Salesforce' | undefined;
}

/** The connection under fire, and what earlier steps left in the hands of those who make trouble. */
export interface Storm {
  readonly world: World;
  readonly connection: Declared;
  readonly worker: RestartableWorker;
  readonly zombie: Zombie;
  last?: { readonly visitor: Visitor; readonly callback: string };
}

export interface RestartableWorker {
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

export async function startRestartableWorker(world: World): Promise<RestartableWorker> {
  let stop = await startWorkerHere(world);
  return {
    async restart() {
      await stop();
      stop = await startWorkerHere(world);
    },
    stop: () => stop(),
  };
}

export const personOf = ({ world }: Storm, name: PersonName): Person => world.salesforce.people[name];

export const isAccessUsable = ({ accessLives, user, frozen }: Expected): boolean =>
  accessLives && user !== undefined && !frozen.has(user);

/** Whether a refresh succeeds, now or once the token endpoint is back. */
export const isGrantUsable = ({ grantLives, user, frozen }: Expected): boolean =>
  grantLives && user !== undefined && !frozen.has(user);

const JOBS = `
jobs:
  picklist-sync: { enabled: false }
  user-sync: { schedule: { every: 1d } }
  company-sync: { enabled: false }
  company-person-sync: { enabled: false }
  relationship-type-sync: {}
  relationship-sync: { enabled: false }
`;

/** A new connection that nobody has authorized yet, in good weather: a sequence that failed may have left bad one behind. */
export async function startStorm(world: World, worker: RestartableWorker): Promise<Storm> {
  const { salesforce } = world;
  await salesforce.comeBack();
  await salesforce.clearFaults();
  for (const person of Object.values(salesforce.people)) await salesforce.freeze(person, false);
  const connection = await world.declare(JOBS);
  return { world, worker, connection, zombie: createZombie(world, connection) };
}

export const expectedAtFirst = (): Expected => ({
  ...{ state: 'awaiting_authorization', boundTo: undefined, user: undefined, frozen: new Set<PersonName>() },
  ...{ grantLives: false, accessLives: false, isTokenEndpointDown: false, isRevokeEndpointDown: false },
  ...{ orphans: 0, zombie: 'none', pagesWhenRevoked: undefined, waitingRun: undefined },
});

export const stateBecomes = ({ world, connection }: Storm, state: string): Promise<void> =>
  until(`${connection.name} is ${state}`, async () => (await world.mooring.status(connection.name)).state === state);

export const runsEnd = ({ world, connection }: Storm): Promise<void> =>
  until(
    `no sync of ${connection.name} runs`,
    async () => (await world.mooring.status(connection.name)).runningSyncs.length === 0,
    120_000,
  );

/** What holds after every step, whatever happened. Throws where it does not. */
export async function assertInvariants(storm: Storm, expected: Expected): Promise<void> {
  const { world, connection } = storm;
  const { salesforce, pool } = world;
  const orgId = expected.boundTo === undefined ? null : salesforce.orgIds[expected.boundTo];

  const stored = await connectionStateOf(pool, connection);
  assert.deepEqual(stored, { state: expected.state, orgId }, 'state and binding in PostgreSQL');
  await until(`the workflow shows it`, async () => {
    const shown = await world.mooring.status(connection.name);
    return shown.state === expected.state && shown.orgId === orgId;
  });

  const token = await storedRefreshToken(world, connection);
  assert.equal(
    token !== undefined,
    expected.state === 'active',
    'there is a grant in the vault while active, and only then',
  );
  const grantOfToken = token === undefined ? undefined : await salesforce.grantOf(token);
  if (token !== undefined) assert.equal(grantOfToken?.orgId, orgId, 'the grant in the vault is of the bound org');
  if (expected.grantLives) assert.equal(grantOfToken?.isLive, true, 'the grant in the vault lives at Salesforce');

  const most = (expected.state === 'active' ? 1 : 0) + expected.orphans;
  const alive = async (): Promise<number> => (await salesforce.liveGrants(connection.app)).length;
  if (expected.isRevokeEndpointDown) {
    const { rows } = await pool.query('SELECT FROM mooring.pending_revocation WHERE connection_id = $1', [
      connection.connectionId,
    ]);
    assert.ok((await alive()) <= most + rows.length, 'every grant that lives too long is noted for the remote revoke');
  } else {
    await until(`at most ${most} grants live at Salesforce`, async () => (await alive()) <= most, 120_000);
  }

  if (expected.pagesWhenRevoked === undefined) return;
  assert.equal(await loadedPagesOf(pool, connection), expected.pagesWhenRevoked, 'revoked means that no page commits');
}

/** One kind of trouble. `run` does it and brings `expected` up to date; the invariants are checked after it. */
export interface Step {
  readonly name: string;
  /** Whether it makes sense now; always when absent. */
  readonly isPossible?: (expected: Expected) => boolean;
  readonly run: (storm: Storm, expected: Expected) => Promise<void>;
}

/** A step as fast-check draws, runs, shrinks and prints it. */
export const asCommand = ({ name, isPossible = () => true, run }: Step): AsyncCommand<Expected, Storm> => ({
  check: (expected) => isPossible(expected),
  async run(expected, storm) {
    await run(storm, expected);
    await assertInvariants(storm, expected);
  },
  toString: () => name,
});
