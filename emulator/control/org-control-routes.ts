import type { FastifyInstance } from 'fastify';
import { saveAccess } from '../access.ts';
import type { UserAccess } from '../org.ts';
import type { EmulatorContext } from '../context.ts';
import { identifier } from '../data/sql.ts';
import { orgNow } from '../oauth/people.ts';
import { done, orgOfControl, userIdOf } from './control-request.ts';
import { touchDescribes } from './metadata.ts';

interface ClockBody {
  /** Moves the clock by so many milliseconds more than it is moved already. */
  readonly advanceMs?: number;
  /** Stops the clock at this instant; null lets it run again. */
  readonly freezeAt?: string | null;
}

/** The org's clock, its limits, and what its users may do. */
export function orgControlRoutes(server: FastifyInstance, { pool, orgs }: EmulatorContext): void {
  server.post('/__emulator/orgs/:org/clock', async (request) => {
    const org = orgOfControl(orgs, request);
    const { advanceMs = 0, freezeAt } = request.body as ClockBody;
    const clock = `${identifier(org.schema)}.emulator_clock`;
    await pool.query(
      `UPDATE ${clock} SET ahead = ahead + $1 * interval '1 millisecond', frozen_at = frozen_at + $1 * interval '1 millisecond'`,
      [advanceMs],
    );
    if (freezeAt !== undefined) await pool.query(`UPDATE ${clock} SET frozen_at = $1`, [freezeAt]);
    return { now: (await orgNow(pool, org)).toISOString() };
  });

  server.post('/__emulator/orgs/:org/limits', async (request, reply) => {
    const org = orgOfControl(orgs, request);
    const { used, limit, concurrentLimit } = request.body as {
      used?: number;
      limit?: number;
      concurrentLimit?: number;
    };
    if (used !== undefined) org.usage.calls.set(used, await orgNow(pool, org));
    org.usage.limit = limit ?? org.usage.limit;
    org.usage.concurrentLimit = concurrentLimit ?? org.usage.concurrentLimit;
    return done(reply);
  });

  server.post('/__emulator/orgs/:org/expire-sessions', async (request) => {
    const { rowCount } = await pool.query(
      'UPDATE emulator.session SET revoked_at = now() WHERE org_id = $1 AND revoked_at IS NULL',
      [orgOfControl(orgs, request).id],
    );
    return { sessions: rowCount };
  });

  server.post('/__emulator/orgs/:org/revoke-grants', async (request) => {
    const { username = null } = (request.body ?? {}) as { username?: string | null };
    const { rowCount } = await pool.query(
      `UPDATE emulator.access_grant SET revoked_at = now() WHERE org_id = $1 AND revoked_at IS NULL
         AND ($2::text IS NULL OR user_id = (SELECT user_id FROM emulator.login WHERE username = lower($2)))`,
      [orgOfControl(orgs, request).id, username],
    );
    return { grants: rowCount };
  });

  server.post('/__emulator/orgs/:org/freeze-user', async (request, reply) => {
    const { username, frozen } = request.body as { username: string; frozen: boolean };
    await pool.query('UPDATE emulator.login SET frozen = $2 WHERE username = lower($1) AND org_id = $3', [
      username,
      frozen,
      orgOfControl(orgs, request).id,
    ]);
    return done(reply);
  });

  server.post('/__emulator/orgs/:org/lock', (request, reply) => {
    orgOfControl(orgs, request).isLocked = (request.body as { locked: boolean }).locked;
    return done(reply);
  });

  /** What one user may not see or write: fields and objects by name, and other people's records. */
  server.put('/__emulator/orgs/:org/users/:username/access', async (request, reply) => {
    const org = orgOfControl(orgs, request);
    const { username } = request.params as { username: string };
    const { hidden = [], readOnly = [], ownRowsOnly = false } = (request.body ?? {}) as Partial<UserAccess>;
    await saveAccess(pool, org, await userIdOf(pool, org, username), { hidden, readOnly, ownRowsOnly });
    await touchDescribes(pool, org);
    return done(reply);
  });
  server.delete('/__emulator/orgs/:org/users/:username/access', async (request, reply) => {
    const org = orgOfControl(orgs, request);
    const { username } = request.params as { username: string };
    await saveAccess(pool, org, await userIdOf(pool, org, username), undefined);
    await touchDescribes(pool, org);
    return done(reply);
  });
}
