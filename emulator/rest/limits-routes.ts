import type { FastifyInstance } from 'fastify';
import { DAILY_BATCHES } from '../bulk1/batch-routes.ts';
import type { EmulatorContext } from '../context.ts';
import { identifier } from '../data/sql.ts';
import { sessionOf } from './data-api.ts';

/** Query jobs per 24 hours. */
const DAILY_QUERY_JOBS = 10_000;

/** What the org may still do today. */
export function limitsRoutes(api: FastifyInstance, { pool, bulk1 }: EmulatorContext): void {
  api.get('/limits/recordCount', async (request) => {
    const { org } = sessionOf(request);
    const { sObjects } = request.query as Readonly<Record<string, string | undefined>>;
    const wanted = sObjects?.split(',').map((name) => name.trim().toLowerCase());
    const objects = [...org.objects.values()].filter(({ name }) => wanted?.includes(name.toLowerCase()) ?? true);
    const counts = await Promise.all(
      objects.map(async ({ name }) => {
        const table = `${identifier(org.schema)}.${identifier(name)}`;
        const { rows } = await pool.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
        return { count: Number(rows[0]?.count), name };
      }),
    );
    return { sObjects: counts };
  });

  api.get('/limits', async (request) => {
    const { org, now } = sessionOf(request);
    const { rows } = await pool.query<{ jobs: string }>(
      `SELECT count(*) AS jobs FROM emulator.bulk_job WHERE org_id = $1 AND created_at > $2::timestamptz - interval '1 day'`,
      [org.id, now],
    );
    const full = (max: number): object => ({ Max: max, Remaining: max });
    return {
      ConcurrentAsyncGetReportInstances: full(200),
      DailyApiRequests: { Max: org.usage.limit, Remaining: Math.max(0, org.usage.limit - org.usage.calls.total(now)) },
      DailyAsyncApexExecutions: full(250_000),
      DailyBulkApiBatches: {
        Max: DAILY_BATCHES,
        Remaining: Math.max(0, DAILY_BATCHES - (await bulk1.store.addedToday(org.id, now))),
      },
      DailyBulkV2QueryFileStorageMB: full(976_562),
      DailyBulkV2QueryJobs: {
        Max: DAILY_QUERY_JOBS,
        Remaining: Math.max(0, DAILY_QUERY_JOBS - Number(rows[0]?.jobs ?? 0)),
      },
      DailyStreamingApiEvents: full(10_000),
      DataStorageMB: full(10_240),
      FileStorageMB: full(10_240),
      HourlyPublishedPlatformEvents: full(50_000),
    };
  });
}
