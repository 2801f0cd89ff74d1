-- Mails that people asked for under `notify:`, written in the transaction of what they tell of where there is one. A mail server that
-- is away costs no event, and an event makes one mail.

CREATE TABLE mooring.notification (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  connection_id uuid NOT NULL REFERENCES mooring.connection (id),
  -- What it tells of, as `grant_lost/<generation>` or `sync/<id>`: the same event is told once.
  event         text NOT NULL,
  recipients    text[] NOT NULL CHECK (cardinality(recipients) > 0),
  subject       text NOT NULL,
  body          text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  sent_at       timestamptz,
  -- Why it was given up, or to whom it could not be sent.
  problem       text,
  UNIQUE (connection_id, event)
);
CREATE INDEX notification_waiting ON mooring.notification (connection_id) WHERE sent_at IS NULL AND problem IS NULL;
