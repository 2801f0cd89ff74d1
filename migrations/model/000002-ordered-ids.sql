-- New rows get ids in the order of their time, where the server can make such (PostgreSQL 18): they then stand side by side in
-- every index that holds an id, and a first load of contacts, which fills eight of them, no longer touches a page of each
-- index for every row. Ids that exist stay; older servers go on with random ones.
DO $$
DECLARE
  name text;
BEGIN
  IF current_setting('server_version_num')::integer < 180000 THEN
    RETURN;
  END IF;
  FOREACH name IN ARRAY ARRAY['app_user', 'company', 'person', 'company_person', 'relationship_type', 'relationship', 'dropdown_list', 'dropdown_item'] LOOP
    EXECUTE format('ALTER TABLE %I ALTER COLUMN id SET DEFAULT uuidv7()', name);
  END LOOP;
END $$;
