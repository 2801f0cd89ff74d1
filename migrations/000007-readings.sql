-- A run reads one thing after another: the ids of its window, its rows, rows that were rejected before. When the org forgets where a
-- reading was (a cursor of two days, a deleted Bulk job), it starts over behind the pages that were loaded.

ALTER TABLE mooring.run
  -- index of the current reading in plan.readings
  ADD COLUMN reading integer NOT NULL DEFAULT 0,
  -- number of its first page; pages of one run are numbered through
  ADD COLUMN first_page integer NOT NULL DEFAULT 0;
