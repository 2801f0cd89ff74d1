import { alterTable } from '../adapters/postgres/alter-tables.ts';
import { createDeployments } from '../adapters/postgres/deployments.ts';
import { migrateModel } from '../adapters/postgres/migrate.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import { MooringError } from '../domain/errors.ts';
import type { ConnectionState } from '../domain/lifecycle.ts';
import type { ConnectionPlan, Plan } from '../domain/plan.ts';
import type { Provenance } from '../domain/provenance.ts';
import type { System } from './system.ts';

/** One connection after it was applied. */
export interface Carried {
  readonly connection: string;
  readonly connectionId: string;
  readonly revision: number;
  readonly state: ConnectionState;
}

export interface CarryOutOptions {
  readonly provenance: Provenance;
  /** Told after each connection. */
  readonly done?: (carried: Carried) => Promise<void> | void;
}

type CarryOutSystem = Pick<System, 'pool' | 'mooring'>;

/**
 * Does what a plan says, connection by connection: first what the database lacks, then the new revision, then its workflow is told.
 *
 * Safe to interrupt anywhere and to repeat: each step leaves something that the next plan finds done, or finds missing.
 */
export async function carryOut(
  system: CarryOutSystem,
  plan: Plan,
  { provenance, done }: CarryOutOptions,
): Promise<void> {
  for (const each of plan.connections) {
    if (each.changes.length === 0 && each.rereads.length === 0) continue;
    if (each.spec === undefined) await orphan(system, each.connection, provenance);
    else {
      const carried = await carryOutOne(system, each, each.spec, provenance);
      await done?.(carried);
    }
  }
}

async function carryOutOne(
  { pool, mooring }: CarryOutSystem,
  { connection, changes, rereads }: ConnectionPlan,
  spec: ConnectionSpec,
  provenance: Provenance,
): Promise<Carried> {
  await migrateModel(pool, spec.schema);
  for (const { ddl } of changes) if (ddl !== undefined) await alterTable(pool, ddl);
  const stored = { spec, rereads: rereads.map(({ job }) => job), provenance };
  const { connectionId, revision } = await createDeployments(pool).store(stored);
  await mooring.startConnection(connection);
  const { state } = await mooring.configure(connection);
  return { connection, connectionId, revision, state };
}

/** Its workflow pauses the schedules; where it does not run there is nobody to start anything. */
async function orphan({ pool, mooring }: CarryOutSystem, name: string, { appliedBy }: Provenance): Promise<void> {
  await createDeployments(pool).orphan(name, appliedBy);
  await mooring.configure(name).catch((error: unknown) => {
    if (!(error instanceof MooringError) || error.code !== 'CONNECTION_UNKNOWN') throw error;
  });
}
