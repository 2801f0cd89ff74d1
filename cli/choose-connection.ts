import { createDeployments, type Deployment } from '../adapters/postgres/deployments.ts';
import { MooringError } from '../domain/errors.ts';
import type { System } from './system.ts';

/** The connection that was named, or the only one there is. */
export async function chooseConnection({ pool }: Pick<System, 'pool'>, name: string | undefined): Promise<Deployment> {
  const all = await createDeployments(pool).list();
  const chosen = name === undefined && all.length === 1 ? all[0] : all.find((each) => each.name === name);
  if (chosen !== undefined) return chosen;
  const known = all.length === 0 ? 'none; apply one first' : all.map((each) => `"${each.name}"`).join(', ');
  const message =
    name === undefined
      ? `Say which connection is meant, with --connection. There are: ${known}.`
      : `There is no connection "${name}". There are: ${known}.`;
  throw new MooringError(name === undefined ? 'USAGE' : 'CONNECTION_UNKNOWN', message);
}
