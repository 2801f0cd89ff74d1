-- A destroyed connection may come back as a revoked one, to go on with the rows it has left: same id, same binding, no grant.

CREATE OR REPLACE FUNCTION mooring.keep_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'The id of connection "%" never changes.', OLD.name USING ERRCODE = 'MO001';
  END IF;
  IF OLD.org_id IS NOT NULL AND NEW.org_id IS DISTINCT FROM OLD.org_id THEN
    RAISE EXCEPTION 'Connection "%" is bound to org "%" for life.', OLD.name, OLD.org_id USING ERRCODE = 'MO001';
  END IF;
  IF OLD.state = 'destroyed' AND NEW.state NOT IN ('destroyed', 'revoked') THEN
    RAISE EXCEPTION 'Connection "%" was destroyed and can only be adopted.', OLD.name USING ERRCODE = 'MO001';
  END IF;
  RETURN NEW;
END $$;
