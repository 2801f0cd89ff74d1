import type { ColumnType, JobKind } from './job-spec.ts';
import type { MappingFunction } from './mapping-function.ts';
import type { Reading } from './reading.ts';

/** A value of the page. Positions count from 1, as `c1`…`cN` of the staging table. */
export interface CompiledSource {
  readonly position: number;
  /** Salesforce's type of it. */
  readonly sourceType: string;
  /** Of a picklist: the values that it offers, and that others become nothing or make a reject. */
  readonly offered?: { readonly values: readonly string[]; readonly otherwise: 'null' | 'reject' };
  /** Applied to it one after the other. */
  readonly functions?: readonly MappingFunction<{ readonly position: number; readonly sourceType: string }>[];
}

/** A value written to one target column, from one position of the page. */
export interface CompiledField extends CompiledSource {
  readonly column: string;
  readonly type: ColumnType;
  /** The source path, for rejects. */
  readonly path: string;
  readonly required: boolean;
}

export interface CompiledConstant {
  readonly column: string;
  readonly type: ColumnType;
  /** As PostgreSQL reads it; null for SQL NULL. */
  readonly value: string | null;
}

/** A derived mapping. Its source key is kept in `sourceColumn`, so that a later parent heals it without a re-load. */
export interface CompiledLookup {
  readonly column: string;
  readonly sourceColumn: string;
  readonly table: string;
  readonly pairs: readonly (CompiledSource & {
    readonly column: string;
    /** Of the column: what is compared must be of its type, or its index is of no use. */
    readonly type: ColumnType;
    readonly path: string;
  })[];
  /** At most one row can match: the pairs are the table's upsert key. */
  readonly unique: boolean;
  /** The table and its columns are there. Until the job that makes them has run nothing is found, and later runs of ours heal it. */
  readonly exists: boolean;
  readonly onMissing: 'null' | 'pending' | 'reject';
  readonly onMultiple: 'error' | 'oldest';
}

/** One job, compiled against the org's describe and the model: all that reading and loading a page needs. Stored with the run. */
export interface CompiledJob {
  readonly kind: JobKind;
  readonly object: string;
  readonly schema: string;
  readonly table: string;
  /** The table is the team's own: only columns and indexes are added to it, and rows that belong to nobody are taken over by their key. */
  readonly existing?: {
    /** Its `id` is not ours: no row is ever looked up by it. */
    readonly hasOwnId: boolean;
  };
  /** Source paths in SELECT order; the first is `Id`. */
  readonly paths: readonly string[];
  /** Position of the stamp, of `IsDeleted` and of `MasterRecordId`, where the page has them. */
  readonly stamp?: number;
  readonly isDeleted?: number;
  readonly masterRecordId?: number;
  /** Every row of the page is a deletion, of which only the id is known. */
  readonly deletionsOnly?: true;
  /** The field that the watermark is about. */
  readonly stampField?: string;
  /** The connection had no row in the table (nor any person, of contacts) when the run began. */
  readonly fillsEmptyTable?: true;
  /** What a run reads, in this order. */
  readonly readings: readonly Reading[];
  readonly upsertKey: readonly string[];
  readonly fields: readonly CompiledField[];
  readonly constants: readonly CompiledConstant[];
  readonly lookups: readonly CompiledLookup[];
  /** Company Person: columns of the person. */
  readonly personFields: readonly CompiledField[];
  /** Company: how an Account finds a row that has no Salesforce id yet, in order. */
  readonly claims: readonly { readonly column: string; readonly position: number; readonly path: string }[];
  /** How to read: by size, or always one way. */
  readonly extract: 'auto' | 'rest' | 'bulk';
  readonly onDelete: 'ignore' | 'deactivate' | 'delete';
  readonly onLeaveFilter: 'keep' | 'deactivate' | 'delete';
  /** What the run ends at its end: rows that left the filter, rows that are gone from the org. */
  readonly sweeps: { readonly left: boolean; readonly gone: boolean };
  /** Mappings left out because this org has no such field. */
  readonly dropped: readonly { readonly target: string; readonly reason: string }[];
}
