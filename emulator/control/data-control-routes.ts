import type { FastifyInstance } from 'fastify';
import type { EmulatorContext } from '../context.ts';
import { identifier } from '../data/sql.ts';
import { orgNow } from '../oauth/people.ts';
import { ControlError, done, orgOfControl, told } from './control-request.ts';
import { runStatements, type Statement } from './open-transactions.ts';

const DAY_MS = 24 * 3_600_000;

interface Statements {
  readonly statements?: readonly Statement[];
}

/** Changes of an org's rows that no client makes, or none by these APIs. */
export function dataControlRoutes(server: FastifyInstance, { pool, orgs, transactions }: EmulatorContext): void {
  const numberOf = (params: unknown): number => Number((params as { transaction: string }).transaction);
  const assertOpen = (found: unknown, params: unknown): void => {
    if (found === undefined || found === false)
      throw new ControlError(`There is no open transaction "${numberOf(params)}".`);
  };

  /** Runs changes in one transaction, with the org's schema in front. */
  server.post('/__emulator/orgs/:org/mutate', async (request) => {
    const org = orgOfControl(orgs, request);
    const { statements = [] } = request.body as Statements;
    return told(async () => {
      const { id, rows } = await transactions.begin(org, statements);
      await transactions.end(id, 'COMMIT');
      return { rows };
    });
  });

  server.post('/__emulator/orgs/:org/transactions', async (request) => {
    const org = orgOfControl(orgs, request);
    const { statements = [] } = (request.body ?? {}) as Statements;
    const { id, rows } = await told(() => transactions.begin(org, statements));
    return { transaction: id, rows };
  });
  server.post('/__emulator/orgs/:org/transactions/:transaction/statements', async (request) => {
    const { statements = [] } = request.body as Statements;
    const rows = await told(() => transactions.run(numberOf(request.params), statements));
    assertOpen(rows, request.params);
    return { rows };
  });
  for (const [name, how] of [
    ['commit', 'COMMIT'],
    ['rollback', 'ROLLBACK'],
  ] as const) {
    server.post(`/__emulator/orgs/:org/transactions/:transaction/${name}`, async (request, reply) => {
      assertOpen(await told(() => transactions.end(numberOf(request.params), how)), request.params);
      return done(reply);
    });
  }

  /** Purges what lies in the bin for longer than so many days of the org's clock; an org does it after 15. */
  server.post('/__emulator/orgs/:org/empty-bin', async (request) => {
    const org = orgOfControl(orgs, request);
    const { olderThanDays } = (request.body ?? {}) as { olderThanDays?: number };
    const before =
      olderThanDays === undefined ? 'infinity' : new Date((await orgNow(pool, org)).getTime() - olderThanDays * DAY_MS);
    const { rows } = await pool.query<{ purged: string }>(
      `SELECT ${identifier(org.schema)}.emulator_purge($1) AS purged`,
      [before],
    );
    return { purged: Number(rows[0]?.purged) };
  });

  const onObject =
    (name: 'emulator_bin' | 'emulator_undelete') => async (request: { params: unknown; body: unknown }) => {
      const org = orgOfControl(orgs, request as Parameters<typeof orgOfControl>[1]);
      const { object, ids } = request.body as { object: string; ids: readonly string[] };
      const { rows } = await told(() =>
        pool.query<{ id: string }>(`SELECT ${name} AS id FROM ${identifier(org.schema)}.${name}($1, $2)`, [
          object,
          ids,
        ]),
      );
      return { ids: rows.map((row) => row.id) };
    };
  server.post('/__emulator/orgs/:org/delete', onObject('emulator_bin'));
  server.post('/__emulator/orgs/:org/undelete', onObject('emulator_undelete'));

  server.post('/__emulator/orgs/:org/merge', async (request, reply) => {
    const org = orgOfControl(orgs, request);
    const { object, winner, losers } = request.body as { object: string; winner: string; losers: readonly string[] };
    await told(async () => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const sql = `SELECT ${identifier(org.schema)}.emulator_merge($1, $2, $3)`;
        await runStatements(
          client,
          losers.map((loser) => ({ sql, parameters: [object, winner, loser] })),
        );
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    });
    return done(reply);
  });
}
