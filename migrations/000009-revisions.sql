-- What was applied when, by whom and from which commit; and what an apply asks of later runs.

CREATE TABLE mooring.connection_revision (
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  revision integer NOT NULL,
  spec jsonb NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  -- account that ran the command
  applied_by text NOT NULL,
  -- of the repository that held the files; null outside of one
  git_commit text,
  git_author text,
  -- the files had changes that are in no commit
  git_is_dirty boolean,
  -- set when it came from an earlier revision and not from files
  rolled_back_to integer,
  PRIMARY KEY (connection_id, revision)
);

INSERT INTO mooring.connection_revision (connection_id, revision, spec, applied_at, applied_by)
SELECT id, revision, spec, updated_at, 'unknown' FROM mooring.connection;

ALTER TABLE mooring.job_revision ADD COLUMN connection_revision integer;

-- No longer in the files: its schedules are paused, all else stays.
ALTER TABLE mooring.connection ADD COLUMN orphaned_at timestamptz;

-- Where it is declared: {"repository": text | null, "files": [path, …]}. Only files of one place can say that it is gone.
ALTER TABLE mooring.connection ADD COLUMN declared_in jsonb;

-- A run under an older revision left values that a later mapping reads anew: until one under this revision has, everything is read again.
ALTER TABLE mooring.job ADD COLUMN reread_revision integer NOT NULL DEFAULT 0;
