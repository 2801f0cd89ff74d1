-- An id for a row that does not exist yet, in the order of time where the server can make such (PostgreSQL 18), as the tables' own.
DO $$
BEGIN
  EXECUTE format(
    'CREATE FUNCTION mooring.new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS %L',
    CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN 'SELECT uuidv7()' ELSE 'SELECT gen_random_uuid()' END
  );
END $$;
