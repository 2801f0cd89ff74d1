import type { CompiledJob } from '../../domain/compiled-job.ts';

/** The query by which a job reads what it loads. */
export const rowsSoql = (plan: CompiledJob): string => plan.readings.find(({ kind }) => kind === 'rows')?.soql ?? '';
