-- Signed requests by which Salesforce opened the widget: each opens it once.

CREATE TABLE mooring.widget_request (
  -- SHA-256 of the connection's id and the signed envelope.
  hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
  -- When it is forgotten: see adapters/postgres/widget-requests.ts.
  expires_at timestamptz NOT NULL
);
CREATE INDEX widget_request_expires ON mooring.widget_request (expires_at);
