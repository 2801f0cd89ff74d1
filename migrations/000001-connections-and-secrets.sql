-- Connections, what people granted us, and how they granted it.
--
-- Columns named …_sealed hold text as adapters/secrets/keyring.ts writes it: v1.<key id>.<base64url of nonce, ciphertext, tag>.
-- PostgreSQL never sees a token, a code or a verifier in the clear, and neither does anybody who reads a dump.

CREATE TABLE mooring.connection (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name          text NOT NULL CHECK (name ~ '^[a-z][a-z0-9-]{0,40}$'),
  state         text NOT NULL DEFAULT 'awaiting_authorization'
                CHECK (state IN ('awaiting_authorization', 'active', 'reauthorization_required', 'revoked', 'destroyed')),
  -- The binding: set by the first authorization, never changed again (see the trigger below).
  org_id        text CHECK (length(org_id) = 18),
  org_name      text,
  instance_url  text,
  -- Who authorized last.
  user_id       text CHECK (length(user_id) = 18),
  username      text,
  user_name     text,
  scopes        text[] NOT NULL DEFAULT '{}',
  authorized_at timestamptz,
  -- The configuration as applied, defaults and catalog merged in; `revision` counts its changes.
  spec          jsonb NOT NULL,
  revision      integer NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT bound_once_authorized CHECK (state IN ('awaiting_authorization', 'destroyed') OR org_id IS NOT NULL)
);

-- A destroyed connection keeps its row (loaded rows carry its id) and frees its name.
CREATE UNIQUE INDEX connection_name ON mooring.connection (name) WHERE state <> 'destroyed';

CREATE FUNCTION mooring.keep_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'The id of connection "%" never changes.', OLD.name USING ERRCODE = 'MO001';
  END IF;
  IF OLD.org_id IS NOT NULL AND NEW.org_id IS DISTINCT FROM OLD.org_id THEN
    RAISE EXCEPTION 'Connection "%" is bound to org "%" for life.', OLD.name, OLD.org_id USING ERRCODE = 'MO001';
  END IF;
  IF OLD.state = 'destroyed' AND NEW.state <> 'destroyed' THEN
    RAISE EXCEPTION 'Connection "%" was destroyed and stays so.', OLD.name USING ERRCODE = 'MO001';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER keep_identity BEFORE UPDATE ON mooring.connection
  FOR EACH ROW EXECUTE FUNCTION mooring.keep_identity();

-- At most one grant per connection: the primary key says so. Wiping a grant empties it and keeps the row, so that `generation`
-- only ever grows and a late writer with an old number always loses.
CREATE TABLE mooring.oauth_grant (
  connection_id        uuid PRIMARY KEY REFERENCES mooring.connection (id),
  generation           bigint NOT NULL DEFAULT 1,
  refresh_token_sealed text,
  access_token_sealed  text,
  -- Not a secret; with the user and org it tells which connections share Salesforce's five grants per user and app.
  client_id            text,
  refreshed_at         timestamptz,
  -- The lease of a refresh in progress, committed before the token request is sent.
  lease_owner          text,
  lease_id             uuid,
  lease_started_at     timestamptz,
  CONSTRAINT whole_lease CHECK ((lease_owner IS NULL) = (lease_id IS NULL) AND (lease_id IS NULL) = (lease_started_at IS NULL))
);

-- Grants that Salesforce still has to be told about: replaced, revoked or refused ones. Filled in the transaction that takes a
-- grant out of use, emptied when Salesforce has confirmed.
CREATE TABLE mooring.pending_revocation (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  token_sealed  text NOT NULL,
  reason        text NOT NULL CHECK (reason IN ('replaced', 'revoked', 'refused', 'destroyed')),
  created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pending_revocation_connection ON mooring.pending_revocation (connection_id);

-- What a link carries: single use, short-lived, stored as a hash.
CREATE TABLE mooring.authorization_ticket (
  hash          bytea PRIMARY KEY CHECK (length(hash) = 32),
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  expires_at    timestamptz NOT NULL,
  used_at       timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE mooring.authorization_attempt (
  id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  connection_id        uuid NOT NULL REFERENCES mooring.connection (id),
  status               text NOT NULL DEFAULT 'pending'
                       CHECK (status IN ('pending', 'consent_received', 'succeeded', 'denied', 'expired', 'failed',
                                         'refused_other_org', 'consent_lost')),
  state_hash           bytea NOT NULL UNIQUE CHECK (length(state_hash) = 32),
  browser_hash         bytea NOT NULL CHECK (length(browser_hash) = 32),
  code_verifier_sealed text,
  code_sealed          text,
  -- Exactly as sent to the authorize endpoint: the exchange must repeat it.
  redirect_uri         text NOT NULL,
  -- What came of it, as the exchange reports it: {"outcome", "message", "orgId"…}; no secrets.
  outcome              jsonb,
  exchange_started_at  timestamptz,
  signalled_at         timestamptz,
  created_at           timestamptz NOT NULL DEFAULT now(),
  expires_at           timestamptz NOT NULL,
  finished_at          timestamptz,
  CONSTRAINT wiped_when_finished CHECK (
    status IN ('pending', 'consent_received') OR (code_sealed IS NULL AND code_verifier_sealed IS NULL AND outcome IS NOT NULL)
  )
);
CREATE INDEX authorization_attempt_connection ON mooring.authorization_attempt (connection_id, created_at);

-- Append only; retention may delete old lines, nothing may rewrite one.
CREATE TABLE mooring.audit (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  connection_id uuid REFERENCES mooring.connection (id),
  actor         text NOT NULL,
  event         text NOT NULL,
  details       jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_connection ON mooring.audit (connection_id, at);

CREATE FUNCTION mooring.refuse_rewriting_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'mooring.audit is append only.' USING ERRCODE = 'MO001';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE ON mooring.audit
  FOR EACH ROW EXECUTE FUNCTION mooring.refuse_rewriting_audit();

-- One known value sealed under every key in use: a wrong MOORING_KEY is noticed at start, not at the first token.
CREATE TABLE mooring.key_check (
  key_id     text PRIMARY KEY,
  sealed     text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
