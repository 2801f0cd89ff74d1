-- Ids that a run has read, until it ends: what is not among them has left the filter or the org. Written only by runs that have to know.
CREATE TABLE mooring.read_id (
  run_id uuid NOT NULL,
  -- ids | rows: by which kind of reading
  kind text NOT NULL,
  source_id text NOT NULL
);
CREATE INDEX read_id_run ON mooring.read_id (run_id);

-- Our row of the record that lost a merge: it may be deleted before what referred to it is re-pointed.
ALTER TABLE mooring.pending_merge ADD COLUMN loser_row_id uuid;
CREATE INDEX pending_merge_open ON mooring.pending_merge (connection_id, job_name) WHERE applied_at IS NULL;

-- References to rows that will not come: the job that loads them has read past them.
ALTER TABLE mooring.run ADD COLUMN rows_out_of_scope bigint NOT NULL DEFAULT 0;

-- Of a backfill; an incremental window has no end.
ALTER TABLE mooring.run ADD COLUMN window_to timestamptz;
