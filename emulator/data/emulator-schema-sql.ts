/** Tables that belong to the emulator rather than to an org: who may log in, what was granted, jobs and cursors. */
export const EMULATOR_SCHEMA_SQL = `
CREATE SCHEMA IF NOT EXISTS emulator;

CREATE TABLE IF NOT EXISTS emulator.org (
  id text PRIMARY KEY,
  name text NOT NULL UNIQUE,
  schema text NOT NULL UNIQUE,
  instance text NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS emulator.object_definition (
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  name text NOT NULL,
  position integer NOT NULL,
  definition json NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, name)
);
CREATE TABLE IF NOT EXISTS emulator.login (
  username text PRIMARY KEY CHECK (username = lower(username)),
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  user_id text NOT NULL,
  password text NOT NULL,
  security_token text NOT NULL DEFAULT '',
  frozen boolean NOT NULL DEFAULT false
);
CREATE TABLE IF NOT EXISTS emulator.user_access (
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  user_id text NOT NULL,
  access json NOT NULL,
  PRIMARY KEY (org_id, user_id)
);
CREATE TABLE IF NOT EXISTS emulator.app (
  client_id text PRIMARY KEY,
  client_secret text,
  redirect_uris text[] NOT NULL,
  pkce_required boolean NOT NULL,
  rotation boolean NOT NULL,
  scopes text[] NOT NULL,
  -- The org in which the app was made; client_credentials runs there.
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  client_credentials_user text,
  -- PEM, for verifying assertions.
  certificate text,
  pre_authorized boolean NOT NULL DEFAULT false,
  blocked boolean NOT NULL DEFAULT false,
  -- Where the app's own page lies that record pages show; NULL when it has none.
  canvas_url text
);
ALTER TABLE emulator.app ADD COLUMN IF NOT EXISTS canvas_url text;
CREATE TABLE IF NOT EXISTS emulator.browser_session (
  cookie text PRIMARY KEY,
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  user_id text NOT NULL
);
CREATE TABLE IF NOT EXISTS emulator.auth_code (
  code text PRIMARY KEY,
  client_id text NOT NULL,
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  user_id text NOT NULL,
  redirect_uri text NOT NULL,
  scope text NOT NULL,
  nonce text,
  code_challenge text,
  created_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE TABLE IF NOT EXISTS emulator.access_grant (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_id text NOT NULL,
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  user_id text NOT NULL,
  scope text NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX IF NOT EXISTS access_grant_holder ON emulator.access_grant (org_id, user_id, client_id);
CREATE TABLE IF NOT EXISTS emulator.refresh_token (
  token text PRIMARY KEY,
  grant_id bigint NOT NULL REFERENCES emulator.access_grant ON DELETE CASCADE,
  superseded_at timestamptz
);
CREATE TABLE IF NOT EXISTS emulator.session (
  access_token text PRIMARY KEY,
  -- NULL when no refresh token came with it.
  grant_id bigint REFERENCES emulator.access_grant ON DELETE CASCADE,
  client_id text NOT NULL,
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  user_id text NOT NULL,
  scope text NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX IF NOT EXISTS session_grant ON emulator.session (grant_id);
CREATE SEQUENCE IF NOT EXISTS emulator.opaque_id;
CREATE TABLE IF NOT EXISTS emulator.query_cursor (
  id text PRIMARY KEY,
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  user_id text NOT NULL,
  soql text NOT NULL,
  include_deleted boolean NOT NULL,
  batch_size integer NOT NULL,
  total integer NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS emulator.query_cursor_chunk (
  cursor_id text NOT NULL REFERENCES emulator.query_cursor ON DELETE CASCADE,
  chunk integer NOT NULL, -- from 0
  record_ids text[] COLLATE "C" NOT NULL, -- as many as a chunk holds, in the order of the query
  PRIMARY KEY (cursor_id, chunk)
);
CREATE TABLE IF NOT EXISTS emulator.ingest_job (
  id text PRIMARY KEY,
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  user_id text NOT NULL,
  object text NOT NULL,
  operation text NOT NULL,
  external_id text,
  api_version text NOT NULL,
  column_delimiter text NOT NULL,
  line_ending text NOT NULL,
  state text NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  processed integer NOT NULL DEFAULT 0,
  failed integer NOT NULL DEFAULT 0,
  processing_ms integer NOT NULL DEFAULT 0,
  error_message text,
  upload text,
  successful text,
  failed_rows text,
  unprocessed text
);
CREATE TABLE IF NOT EXISTS emulator.bulk_job (
  id text PRIMARY KEY,
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  user_id text NOT NULL,
  operation text NOT NULL,
  soql text NOT NULL,
  object text NOT NULL,
  api_version text NOT NULL,
  column_delimiter text NOT NULL,
  line_ending text NOT NULL,
  state text NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  rows integer NOT NULL DEFAULT 0,
  processing_ms integer NOT NULL DEFAULT 0,
  error_message text
);
-- Bulk API 1.0.
CREATE TABLE IF NOT EXISTS emulator.async_job (
  id text PRIMARY KEY,
  org_id text NOT NULL REFERENCES emulator.org ON DELETE CASCADE,
  user_id text NOT NULL,
  operation text NOT NULL,
  object text NOT NULL,
  external_id text,
  content_type text NOT NULL,
  concurrency_mode text NOT NULL,
  pk_chunking json,
  api_version text NOT NULL,
  state text NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS emulator.async_batch (
  id text PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY,
  job_id text NOT NULL REFERENCES emulator.async_job ON DELETE CASCADE,
  state text NOT NULL,
  state_message text,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  processed integer NOT NULL DEFAULT 0,
  failed integer NOT NULL DEFAULT 0,
  processing_ms integer NOT NULL DEFAULT 0,
  request text NOT NULL,
  result_ids text[] NOT NULL DEFAULT '{}',
  results json
);
CREATE INDEX IF NOT EXISTS async_batch_job ON emulator.async_batch (job_id);
`;
