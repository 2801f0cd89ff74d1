-- The customer model. Names are unqualified: the runner sets search_path to the schema of the connection.
--
-- Conventions, for every table that a job loads:
--   id            our key, stable over re-loads and merges; what other rows refer to
--   connection_id which connection the row came from; several may share a schema
--   sfdc_*_id     the 18-character Salesforce id; text, since char(18) joined with text loses the index;
--                 null for rows that did not come from Salesforce (a company that a team entered before)
--   x_id          a reference, filled by a lookup, and x_id_source, the source key it was looked up by: kept so that a
--                 parent which arrives later, changes or is merged heals the reference without a re-load
--   amounts are numeric without a scale: an org may keep more digits than it shows, and none is lost
--   source_modstamp, deleted_at   SystemModstamp of the loaded version; when the source row was deleted
--
-- No foreign keys: pages load in parallel and parents may come after children. "doctor" checks the references instead.
-- Writes must stay cheap, so an index needs a reason, which stands above it. The only unique constraints are upsert keys:
-- a swapped username must not stop a page.

CREATE TABLE app_user (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  connection_id    uuid NOT NULL,
  sfdc_user_id     text CHECK (length(sfdc_user_id) = 18),
  username         text,
  email            text,
  first_name       text,
  last_name        text,
  name             text,
  is_active        boolean,
  user_type        text,
  title            text,
  department       text,
  phone            text,
  timezone         text,
  locale           text,
  default_currency text,
  manager_id        uuid,
  manager_id_source text,
  source_modstamp  timestamptz,
  deleted_at       timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  UNIQUE (connection_id, sfdc_user_id)
);

-- Each run asks which managers are still missing; without it that question scans all users. Empty in a settled model.
CREATE INDEX app_user_manager_pending ON app_user (connection_id, manager_id_source)
  WHERE manager_id IS NULL AND manager_id_source IS NOT NULL;

CREATE TABLE company (
  id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  connection_id          uuid NOT NULL,
  sfdc_account_id        text CHECK (length(sfdc_account_id) = 18),
  name                   text,
  industry               text,
  company_type           text,
  employees              integer,
  annual_revenue         numeric,
  ticker_symbol          text,
  website                text,
  phone                  text,
  account_number         text,
  summary                text,
  billing_street         text,
  billing_city           text,
  billing_state          text,
  billing_postal_code    text,
  billing_country        text,
  currency               text,
  source_created_at      timestamptz,
  parent_company_id        uuid,
  parent_company_id_source text,
  owner_user_id            uuid,
  owner_user_id_source     text,
  -- Part of the model, but no Salesforce standard field means them: a team maps its own fields onto them.
  csm_user_id              uuid,
  csm_user_id_source       text,
  arr                    numeric,
  mrr                    numeric,
  renewal_date           date,
  original_contract_date date,
  stage                  text,
  status                 text,
  source_modstamp        timestamptz,
  deleted_at             timestamptz,
  created_at             timestamptz NOT NULL DEFAULT now(),
  updated_at             timestamptz NOT NULL DEFAULT now(),
  UNIQUE (connection_id, sfdc_account_id)
);

-- Parents that have not arrived yet. The owner has no such index: an owner that is not found stays null for good, and
-- orgs whose accounts belong to integration users would fill it.
CREATE INDEX company_parent_pending ON company (connection_id, parent_company_id_source)
  WHERE parent_company_id IS NULL AND parent_company_id_source IS NOT NULL;

-- A human being, found by e-mail; one person may be a contact of several companies.
CREATE TABLE person (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  connection_id    uuid NOT NULL,
  -- The e-mail in lower case without surrounding blanks, or contact:<18-character id> when there is none.
  identity_key     text NOT NULL,
  email            text,
  first_name       text,
  middle_name      text,
  last_name        text,
  name             text,
  salutation       text,
  mobile_phone     text,
  location_city    text,
  location_state   text,
  location_country text,
  email_opt_out    boolean,
  source_modstamp  timestamptz,
  deleted_at       timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  UNIQUE (connection_id, identity_key)
);

-- The role of a person at a company: one row per Salesforce contact.
CREATE TABLE company_person (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  connection_id    uuid NOT NULL,
  sfdc_contact_id  text CHECK (length(sfdc_contact_id) = 18),
  person_id        uuid NOT NULL,
  title            text,
  department       text,
  phone            text,
  lead_source      text,
  company_id           uuid,
  company_id_source    text,
  manager_id           uuid,
  manager_id_source    text,
  owner_user_id        uuid,
  owner_user_id_source text,
  source_modstamp  timestamptz,
  deleted_at       timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  UNIQUE (connection_id, sfdc_contact_id)
);

-- "The people of this company" is the first question every reader of the model asks.
CREATE INDEX company_person_company ON company_person (company_id);
-- "The companies of this person", and what moves when two persons turn out to be one.
CREATE INDEX company_person_person ON company_person (person_id);
CREATE INDEX company_person_company_pending ON company_person (connection_id, company_id_source)
  WHERE company_id IS NULL AND company_id_source IS NOT NULL;
CREATE INDEX company_person_manager_pending ON company_person (connection_id, manager_id_source)
  WHERE manager_id IS NULL AND manager_id_source IS NOT NULL;

CREATE TABLE relationship_type (
  id                        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  connection_id             uuid NOT NULL,
  sfdc_relationship_type_id text CHECK (length(sfdc_relationship_type_id) = 18),
  name                      text,
  description               text,
  is_active                 boolean,
  source_modstamp           timestamptz,
  deleted_at                timestamptz,
  created_at                timestamptz NOT NULL DEFAULT now(),
  updated_at                timestamptz NOT NULL DEFAULT now(),
  UNIQUE (connection_id, sfdc_relationship_type_id)
);

CREATE TABLE relationship (
  id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  connection_id        uuid NOT NULL,
  sfdc_relationship_id text CHECK (length(sfdc_relationship_id) = 18),
  name                 text,
  status               text,
  stage                text,
  arr                  numeric,
  mrr                  numeric,
  renewal_date         date,
  currency             text,
  company_id                  uuid,
  company_id_source           text,
  relationship_type_id        uuid,
  relationship_type_id_source text,
  csm_user_id                 uuid,
  csm_user_id_source          text,
  source_modstamp      timestamptz,
  deleted_at           timestamptz,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now(),
  UNIQUE (connection_id, sfdc_relationship_id)
);

-- "The relationships of this company". Types are few and users rarely asked for: both are left to the readers who need them.
CREATE INDEX relationship_company ON relationship (company_id);
CREATE INDEX relationship_company_pending ON relationship (connection_id, company_id_source)
  WHERE company_id IS NULL AND company_id_source IS NOT NULL;
CREATE INDEX relationship_type_pending ON relationship (connection_id, relationship_type_id_source)
  WHERE relationship_type_id IS NULL AND relationship_type_id_source IS NOT NULL;

-- Picklists come from describe, which has no SystemModstamp: what disappears becomes inactive and is never deleted, since
-- rows may still hold the value.
CREATE TABLE dropdown_list (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  connection_id    uuid NOT NULL,
  source_object    text NOT NULL,
  source_field     text NOT NULL,
  name             text NOT NULL,
  variant          text NOT NULL CHECK (variant IN ('single', 'multi')),
  -- Whether Salesforce refuses values that are not in the list.
  restricted       boolean NOT NULL DEFAULT false,
  -- The field whose value decides which items are offered; null for an independent picklist.
  controller_field text,
  active           boolean NOT NULL DEFAULT true,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  UNIQUE (connection_id, source_object, source_field)
);

CREATE TABLE dropdown_item (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  connection_id uuid NOT NULL,
  list_id       uuid NOT NULL,
  -- The API value, which rows hold; a changed label keeps the item.
  value         text NOT NULL,
  label         text NOT NULL,
  active        boolean NOT NULL DEFAULT true,
  is_default    boolean NOT NULL DEFAULT false,
  display_order integer NOT NULL,
  -- Values of the controlling field with which the item is offered; null when the list has no controller.
  valid_for     text[],
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  UNIQUE (list_id, value)
);

-- Which local row a Salesforce record is, where the row itself cannot say so: several contacts may be one person.
CREATE TABLE external_identity (
  connection_id   uuid NOT NULL,
  object          text NOT NULL,
  external_id     text NOT NULL CHECK (length(external_id) = 18),
  local_id        uuid NOT NULL,
  source_modstamp timestamptz,
  -- The contact's own values of the person columns: a person takes those of its newest contact.
  attributes      jsonb NOT NULL DEFAULT '{}',
  -- When the contact was deleted: it then no longer speaks for its person.
  deleted_at      timestamptz,
  PRIMARY KEY (connection_id, object, external_id)
);

-- Every touched person is recomputed from all its contacts.
CREATE INDEX external_identity_local ON external_identity (local_id);
