import { recordIdSql } from '../salesforce-id.ts';
import { identifier, literal } from './sql.ts';

/**
 * Returns the SQL of an org's clock, its id maker and the triggers that keep stamps and the deletion log true.
 *
 * Whoever changes rows by plain SQL gets the behaviour of the org: an UPDATE that does not set SystemModstamp itself is stamped
 * with the org's clock; setting IsDeleted writes the deletion log, and so does a DELETE, which stands for a purge.
 */
export function orgFunctionsSql(schema: string, instance: string, defaultUserId: string): string {
  const inSchema = identifier(schema);
  return `
CREATE TABLE ${inSchema}.emulator_clock (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  ahead interval NOT NULL DEFAULT '0',
  frozen_at timestamptz,
  -- The move before, for telling when a transaction began on the org's clock.
  moved_at timestamptz NOT NULL DEFAULT '-infinity',
  ahead_before interval NOT NULL DEFAULT '0'
);
CREATE FUNCTION ${inSchema}.emulator_clock_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.moved_at := clock_timestamp();
  NEW.ahead_before := OLD.ahead;
  RETURN NEW;
END $$;
CREATE TRIGGER emulator_clock_moved BEFORE UPDATE OF ahead ON ${inSchema}.emulator_clock
  FOR EACH ROW WHEN (NEW.ahead <> OLD.ahead) EXECUTE FUNCTION ${inSchema}.emulator_clock_moved();
INSERT INTO ${inSchema}.emulator_clock DEFAULT VALUES;

CREATE FUNCTION ${inSchema}.emulator_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT coalesce(frozen_at, clock_timestamp() + ahead) FROM ${inSchema}.emulator_clock
$$;

-- The org's time at which something began at a real time: by the clock as it was then.
CREATE FUNCTION ${inSchema}.emulator_time_of(began timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT least(began + CASE WHEN began < moved_at THEN ahead_before ELSE ahead END, frozen_at) FROM ${inSchema}.emulator_clock
$$;

-- Records are stamped to the second, as most of an org's are.
CREATE FUNCTION ${inSchema}.emulator_stamp() RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT date_trunc('second', ${inSchema}.emulator_now())
$$;

-- Who changes rows: the REST API names its user, plain SQL counts as the first user.
CREATE FUNCTION ${inSchema}.emulator_user() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('emulator.user_id', true), ''), ${literal(defaultUserId)})
$$;

CREATE FUNCTION ${inSchema}.emulator_id(prefix text, counter bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT prefix || right(short, 12) || ${inSchema}.emulator_checksum(prefix || right(short, 12))
  FROM (SELECT substr(${recordIdSql('000', instance, 'counter')}, 1, 15) AS short) ids
$$;

CREATE TABLE ${inSchema}.emulator_deleted (
  object text NOT NULL,
  id text COLLATE "C" NOT NULL,
  deleted_at timestamptz NOT NULL,
  purged boolean NOT NULL DEFAULT false,
  -- The record whose deletion took this one along.
  cause text COLLATE "C",
  PRIMARY KEY (object, id)
);

CREATE FUNCTION ${inSchema}.emulator_touch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  -- 'none': as a mass change of metadata, which leaves no trace; 'stamp': as a recalculation, which moves only SystemModstamp.
  touch text := coalesce(current_setting('emulator.touch', true), '');
BEGIN
  IF touch = 'none' THEN
    RETURN NEW;
  END IF;
  NEW."SystemModstamp" := ${inSchema}.emulator_stamp();
  IF touch = 'stamp' THEN
    RETURN NEW;
  END IF;
  IF NEW."LastModifiedDate" IS NOT DISTINCT FROM OLD."LastModifiedDate" THEN
    NEW."LastModifiedDate" := NEW."SystemModstamp";
    NEW."LastModifiedById" := ${inSchema}.emulator_user();
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION ${inSchema}.emulator_log_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO ${inSchema}.emulator_deleted VALUES (TG_TABLE_NAME, OLD."Id", ${inSchema}.emulator_stamp(), true)
    ON CONFLICT (object, id) DO UPDATE SET purged = true;
  ELSIF NEW."IsDeleted" THEN
    INSERT INTO ${inSchema}.emulator_deleted VALUES (TG_TABLE_NAME, NEW."Id", NEW."SystemModstamp", false, nullif(current_setting('emulator.delete_cause', true), ''))
    ON CONFLICT (object, id) DO UPDATE SET deleted_at = excluded.deleted_at, purged = false, cause = excluded.cause;
  ELSE
    DELETE FROM ${inSchema}.emulator_deleted WHERE object = TG_TABLE_NAME AND id = NEW."Id";
  END IF;
  RETURN NULL;
END $$;
`;
}

/** The checksum of a 15-character id, in SQL; the same rule as `toId18`. */
export function checksumFunctionSql(schema: string): string {
  const character = (start: number): string => {
    const bits = [0, 1, 2, 3, 4].map(
      (bit) => `(CASE WHEN substr(id, ${start + bit}, 1) COLLATE "C" BETWEEN 'A' AND 'Z' THEN ${1 << bit} ELSE 0 END)`,
    );
    return `substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1 + ${bits.join(' + ')}, 1)`;
  };
  return `
CREATE FUNCTION ${identifier(schema)}.emulator_checksum(id text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT ${character(1)} || ${character(6)} || ${character(11)}
$$;
`;
}
