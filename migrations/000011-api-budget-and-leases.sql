-- How many of its daily API calls an org has used, as it said in its last reply to the connection.
CREATE TABLE mooring.api_budget (
  connection_id uuid PRIMARY KEY REFERENCES mooring.connection (id) ON DELETE CASCADE,
  used integer NOT NULL,
  allowed integer NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now()
);

-- Who reads pages of an org at the moment; so many at once, over all workers. A lease that is not renewed ends by itself.
CREATE TABLE mooring.org_lease (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  org_id text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX org_lease_org ON mooring.org_lease (org_id);
