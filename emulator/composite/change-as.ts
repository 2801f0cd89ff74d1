import type { FastifyRequest } from 'fastify';
import type { Pool, PoolClient } from 'pg';
import { faultOf } from '../control/apply-fault.ts';
import type { Queryable } from '../data/sql.ts';
import { asUser } from '../records/as-user.ts';
import { sessionOf } from '../rest/data-api.ts';

/** Returns what a request reads from: the transaction it is a part of, or the pool. */
export const dbOf = ({ pool }: { readonly pool: Pool }, request: FastifyRequest): Queryable =>
  request.part?.client ?? pool;

/** Runs a change in the name of the request's user: all of it happens or nothing. */
export const changeAs = <T>(
  { pool }: { readonly pool: Pool },
  request: FastifyRequest,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> =>
  asUser(
    pool,
    {
      userId: sessionOf(request).userId,
      commitLagMs: faultOf(request, 'slowCommit')?.ms,
      within: request.part?.client,
    },
    work,
  );
