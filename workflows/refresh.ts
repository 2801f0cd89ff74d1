import { loadConnection } from './connection-activities.ts';
import type { Entity } from './connection-entity.ts';
import { show } from './show-connection.ts';

/** Reads the connection as PostgreSQL knows it, and shows it. */
export async function refresh(entity: Entity): Promise<void> {
  entity.isStale = false;
  entity.known = await loadConnection({ connection: entity.input.connection });
  show(entity);
}
