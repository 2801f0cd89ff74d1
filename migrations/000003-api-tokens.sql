-- What programs show to use the HTTP API. Only the hash is kept; the token itself was shown once, to whoever made it.

CREATE TABLE mooring.api_token (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  hash          bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
  -- resolve: company resolution. codec: payloads of event history in the clear.
  role          text NOT NULL CHECK (role IN ('resolve', 'codec')),
  -- Null: every connection, those of the future included.
  connection_id uuid REFERENCES mooring.connection (id),
  created_by    text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz NOT NULL,
  -- To the minute: a token in steady use is not written at every request.
  last_used_at  timestamptz,
  revoked_at    timestamptz,
  CONSTRAINT codec_is_for_all CHECK (role = 'resolve' OR connection_id IS NULL)
);
