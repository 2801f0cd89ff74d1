-- Jobs, their runs, and what a run leaves behind. Counts are of source rows unless said otherwise.

CREATE TABLE mooring.job (
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  name text NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  spec jsonb NOT NULL,
  revision integer NOT NULL,
  -- available | unavailable (the org lacks the object) | disabled | removed (no longer in the files; rows stay)
  status text NOT NULL DEFAULT 'available',
  status_reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (connection_id, name)
);

CREATE TABLE mooring.job_revision (
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  job_name text NOT NULL,
  revision integer NOT NULL,
  spec jsonb NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (connection_id, job_name, revision)
);

-- A page commits only while its run's number is the current one. Raised by every run and by every revoke.
CREATE TABLE mooring.job_fence (
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  job_name text NOT NULL,
  fence bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (connection_id, job_name)
);

CREATE TABLE mooring.watermark (
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  job_name text NOT NULL,
  -- the SystemModstamp from which the next incremental run reads
  modstamp timestamptz NOT NULL,
  revision integer NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (connection_id, job_name)
);

CREATE TABLE mooring.run (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  job_name text NOT NULL,
  revision integer NOT NULL,
  fence bigint NOT NULL,
  -- the workflow run that owns it: another owner means that this one was lost
  workflow_run_id text NOT NULL,
  sync_id text,
  mode text NOT NULL,
  -- running | success | partial_success | failed | cancelled | skipped
  status text NOT NULL DEFAULT 'running',
  -- the compiled job: SOQL, columns, lookups, window
  plan jsonb,
  strategy text,
  bulk_job_id text,
  window_from timestamptz,
  next_watermark timestamptz,
  rows_expected bigint,
  rows_read bigint NOT NULL DEFAULT 0,
  rows_inserted bigint NOT NULL DEFAULT 0,
  rows_updated bigint NOT NULL DEFAULT 0,
  rows_unchanged bigint NOT NULL DEFAULT 0,
  rows_deleted bigint NOT NULL DEFAULT 0,
  rows_rejected bigint NOT NULL DEFAULT 0,
  rows_pending bigint NOT NULL DEFAULT 0,
  api_calls integer NOT NULL DEFAULT 0,
  error_code text,
  error_message text,
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX run_by_job ON mooring.run (connection_id, job_name, started_at DESC);
CREATE INDEX run_by_sync ON mooring.run (sync_id) WHERE sync_id IS NOT NULL;
CREATE INDEX run_open ON mooring.run (connection_id) WHERE status = 'running';

-- One row per result page; loaded_at is set by the transaction that loads it, so a page takes effect once.
CREATE TABLE mooring.run_page (
  run_id uuid NOT NULL REFERENCES mooring.run (id) ON DELETE CASCADE,
  page integer NOT NULL,
  -- where the page is read: a path of the org's REST API
  locator text NOT NULL,
  loaded_at timestamptz,
  rows_read bigint,
  rows_inserted bigint,
  rows_updated bigint,
  rows_unchanged bigint,
  rows_deleted bigint,
  rows_rejected bigint,
  PRIMARY KEY (run_id, page)
);

CREATE TABLE mooring.rejected_row (
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  job_name text NOT NULL,
  source_id text NOT NULL,
  field text NOT NULL,
  -- at most 200 characters of it
  value text,
  code text NOT NULL,
  message text NOT NULL,
  run_id uuid NOT NULL,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (connection_id, job_name, source_id)
);

-- Merges seen in a page; finishRun re-points what referred to the loser.
CREATE TABLE mooring.pending_merge (
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  job_name text NOT NULL,
  loser_id text NOT NULL,
  master_id text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  applied_at timestamptz,
  PRIMARY KEY (connection_id, job_name, loser_id)
);

CREATE TABLE mooring.describe_cache (
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  object text NOT NULL,
  api_version text NOT NULL,
  -- as Salesforce sent it, for If-Modified-Since
  last_modified text,
  describe jsonb NOT NULL,
  fetched_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (connection_id, object, api_version)
);

-- 15-character ids tell upper from lower case only; the three characters added say which letters are upper case.
CREATE FUNCTION mooring.sfid18(id text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN length(id) <> 15 THEN id ELSE id || (
  SELECT string_agg(substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1 + bits, 1), '' ORDER BY part)
  FROM (
    SELECT part, sum(CASE WHEN substr(id, part * 5 + place + 1, 1) ~ '[A-Z]' THEN 1 << place ELSE 0 END)::integer AS bits
    FROM generate_series(0, 2) AS part, generate_series(0, 4) AS place
    GROUP BY part
  ) AS parts
) END;
