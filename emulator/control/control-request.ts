import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import { findObject, orgByName, type Org, type Orgs } from '../org.ts';
import type { ObjectDefinition } from '../data/definition.ts';

/** A refusal of a control route, in words for whoever wrote the test. */
export class ControlError extends Error {
  readonly statusCode = 400;
}

/** @throws ControlError */
export function orgOfControl(orgs: Orgs, request: FastifyRequest): Org {
  const { org: name = '' } = request.params as Readonly<Record<string, string | undefined>>;
  const org = orgByName(orgs, name);
  if (org !== undefined) return org;
  throw new ControlError(`There is no org "${name}". Known: ${[...orgs.values()].map((one) => one.name).join(', ')}.`);
}

/** @throws ControlError */
export function objectOfControl(orgs: Orgs, request: FastifyRequest): ObjectDefinition {
  const { object: name = '' } = request.params as Readonly<Record<string, string | undefined>>;
  const object = findObject(orgOfControl(orgs, request), name);
  if (object === undefined) throw new ControlError(`The org has no object "${name}".`);
  return object;
}

/** Returns the id of an org's user. @throws ControlError */
export async function userIdOf(pool: Pool, org: Org, username: string): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT "Id" AS id FROM "${org.schema}"."User" WHERE lower("Username") = lower($1)`,
    [username],
  );
  if (rows[0] === undefined) throw new ControlError(`The org "${org.name}" has no user "${username}".`);
  return rows[0].id;
}

export const done = (reply: FastifyReply): FastifyReply => reply.status(204).send();

/** Runs the work of a control route; whatever the database refuses is told in its own words. @throws ControlError */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ControlError) throw error;
    throw new ControlError(error instanceof Error ? error.message : String(error));
  }
}
