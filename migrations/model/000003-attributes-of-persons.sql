-- A contact that is its person's first keeps no attributes of its own: they are those of the person. A first load then need not put
-- them together, write them twice, and take them apart again.
ALTER TABLE external_identity ALTER COLUMN attributes DROP NOT NULL, ALTER COLUMN attributes DROP DEFAULT;
