import { BUDGET_PERCENT, BUDGET_WAIT, isBudgetSpent, USAGE_KEEPS_MS, type ApiUsage } from '../../domain/api-budget.ts';
import { MooringError } from '../../domain/errors.ts';
import type { Pool } from './pool.ts';

const number = new Intl.NumberFormat('en-US');

/** What an org has said of its daily API calls, and whether Mooring may spend more of them. */
export function createApiBudget(pool: Pool) {
  return {
    /** @throws SF_BUDGET_SPENT when so much of the org's calls is used that the rest is left to others */
    async assertLeft(connectionId: string): Promise<void> {
      const { rows } = await pool.query<ApiUsage & { name: string; percent: number }>(
        `SELECT c.name, b.used, b.allowed, coalesce((c.spec -> 'salesforce' ->> 'apiBudget')::integer, ${BUDGET_PERCENT}) AS percent FROM mooring.api_budget AS b JOIN mooring.connection AS c ON c.id = b.connection_id
         WHERE b.connection_id = $1 AND b.seen_at > now() - $2 * interval '1 millisecond'`,
        [connectionId, USAGE_KEEPS_MS],
      );
      const [usage] = rows;
      if (usage === undefined || !isBudgetSpent(usage, usage.percent)) return;
      throw new MooringError(
        'SF_BUDGET_SPENT',
        `Of the ${number.format(usage.allowed)} API calls that the org of "${usage.name}" allows in 24 hours, ${number.format(usage.used)} are used; Mooring stops at ${usage.percent} % and looks again every ${BUDGET_WAIT}.`,
      );
    },

    async note(connectionId: string, { used, allowed }: ApiUsage): Promise<void> {
      await pool.query(
        `INSERT INTO mooring.api_budget AS b (connection_id, used, allowed) VALUES ($1, $2, $3)
         ON CONFLICT (connection_id) DO UPDATE SET used = excluded.used, allowed = excluded.allowed, seen_at = now()`,
        [connectionId, used, allowed],
      );
    },
  };
}
