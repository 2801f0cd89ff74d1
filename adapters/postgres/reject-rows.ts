import type { CompiledJob } from '../../domain/compiled-job.ts';
import { literal, staged, type PageOwner } from './page-sql.ts';

/**
 * Keeps rows that could not be loaded, with their reason, as `INSERT …` without a semicolon. One reject a source row: a later reason replaces
 * the one before.
 *
 * @param rejects - SELECT of `source_id, field, value, code, message`, all text
 */
export const keepRejects = ({ connectionId, job, runId }: PageOwner, rejects: string): string => `
      INSERT INTO mooring.rejected_row (connection_id, job_name, source_id, field, value, code, message, run_id)
      SELECT DISTINCT ON (source_id) ${literal(connectionId)}::uuid, ${literal(job)}, source_id, field, value, code, message, ${literal(runId)}::uuid
      FROM (${rejects}) AS rejects ORDER BY source_id
      ON CONFLICT (connection_id, job_name, source_id) DO UPDATE SET
        field = excluded.field, value = excluded.value, code = excluded.code, message = excluded.message,
        run_id = excluded.run_id, last_seen_at = now()`;

/** Statements for what no other statement can take; see `page-sequence.ts` and `page-stage.ts`. */
export interface RefusalStatements {
  /** Sets the staged rows aside, numbered from 1. */
  readonly part: string;
  /** Brings rows `from` up to, not including, `to` back, and nothing else. */
  readonly takePart: (from: number, to: number) => string;
  /** Takes `$1` the number of a row, `$2` a column or constraint, `$3` the database's words, `$4` the rest of a sentence. */
  readonly refusePart: string;
  /** Takes `$1` ids and `$2` reasons, as arrays of the same length. */
  readonly keepUnreadable: string;
}

export function refusalStatements(job: CompiledJob, owner: PageOwner, stage: string): RefusalStatements {
  const columns = job.paths.map((_, index) => staged(index + 1)).join(', ');
  const empty = [stage, ...(job.kind === 'company-person' ? ['contact_page', 'person_page'] : [])];
  return {
    part: `CREATE TEMPORARY TABLE parted ON COMMIT DROP AS SELECT row_number() OVER () AS number, * FROM ${stage};
      CREATE INDEX ON parted (number); ANALYZE parted`,
    takePart: (from, to) =>
      `${empty.map((table) => `DELETE FROM ${table}`).join('; ')};
      INSERT INTO ${stage} (${columns}) SELECT ${columns} FROM parted WHERE number >= ${from} AND number < ${to}`,
    refusePart: keepRejects(
      owner,
      `SELECT coalesce(c1, '') AS source_id, $2::text AS field, $3::text AS value, ${literal('ROW_REFUSED')} AS code,
        ${literal(`${job.object} `)} || $4::text || '.' AS message FROM parted WHERE number = $1`,
    ),
    keepUnreadable: keepRejects(
      owner,
      `SELECT source_id, '' AS field, NULL AS value, ${literal('ROW_UNREADABLE')} AS code, ${literal(`${job.object} `)} || reason || '.' AS message
        FROM unnest($1::text[], $2::text[]) AS bad(source_id, reason)`,
    ),
  };
}
