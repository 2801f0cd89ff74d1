import type { Generation } from './generate/generation.ts';
import { recordIdSql } from '../salesforce-id.ts';
import { identifier } from './sql.ts';

/** Of so many accounts one is a person, in orgs that have them. */
export const ACCOUNTS_PER_PERSON = 20;

/** Fields of a person account and those of its contact that hold the same. */
const SAME = [
  ['FirstName', 'FirstName'],
  ['LastName', 'LastName'],
  ['Salutation', 'Salutation'],
  ['PersonEmail', 'Email'],
  ['PersonTitle', 'Title'],
  ['PersonMobilePhone', 'MobilePhone'],
  ['PersonBirthdate', 'Birthdate'],
  ['Loyalty__pc', 'Loyalty__c'],
] as const;

const accountColumns = SAME.map(([account]) => identifier(account));
const contactColumns = SAME.map(([, contact]) => identifier(contact));
const of = (alias: string): string => accountColumns.map((column) => `${alias}.${column}`).join(', ');

/** Returns the SQL that gives every generated person account its contact, numbered after all others. */
export function fillPersonsSql(schema: string, generation: Generation): string[] {
  const table = (name: string): string => `${identifier(schema)}.${identifier(name)}`;
  const id = recordIdSql('003', generation.instance, `(${generation.sizes.contacts} + n)`);
  const copied = [
    'OwnerId',
    'IsDeleted',
    'CreatedDate',
    'CreatedById',
    'LastModifiedDate',
    'LastModifiedById',
    'SystemModstamp',
  ];
  const columns = copied.map(identifier);
  return [
    `INSERT INTO ${table('Contact')} ("Id", "AccountId", "IsPersonAccount", ${contactColumns.join(', ')}, ${columns.join(', ')})
     SELECT ${id}, "Id", true, ${accountColumns.join(', ')}, ${columns.join(', ')}
     FROM (SELECT *, row_number() OVER (ORDER BY "Id") AS n FROM ${table('Account')} WHERE "IsPersonAccount") persons`,
    `UPDATE ${table('Account')} a SET "PersonContactId" = c."Id" FROM ${table('Contact')} c
     WHERE c."AccountId" = a."Id" AND c."IsPersonAccount"`,
  ];
}

/** Returns the SQL of the triggers that keep a person account and its contact one: an account with a last name is a person. */
export function personTriggersSql(schema: string): string {
  const inSchema = identifier(schema);
  const changed = accountColumns.map((column) => `NEW.${column} IS DISTINCT FROM OLD.${column}`).join(' OR ');
  const sets = SAME.map(([account, contact]) => `${identifier(contact)} = NEW.${identifier(account)}`).join(', ');
  return `
CREATE FUNCTION ${inSchema}.emulator_person_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."LastName" IS NOT NULL THEN
    NEW."IsPersonAccount" := true;
    NEW."Name" := coalesce(NEW."FirstName" || ' ', '') || NEW."LastName";
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION ${inSchema}.emulator_person_contact() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  contact text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO ${inSchema}."Contact" ("AccountId", "OwnerId", "IsPersonAccount", ${contactColumns.join(', ')})
      VALUES (NEW."Id", NEW."OwnerId", true, ${of('NEW')}) RETURNING "Id" INTO contact;
    UPDATE ${inSchema}."Account" SET "PersonContactId" = contact WHERE "Id" = NEW."Id";
  ELSE
    UPDATE ${inSchema}."Contact" SET ${sets} WHERE "Id" = NEW."PersonContactId";
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER emulator_person_name BEFORE INSERT OR UPDATE ON ${inSchema}."Account"
  FOR EACH ROW EXECUTE FUNCTION ${inSchema}.emulator_person_name();
CREATE TRIGGER emulator_person_made AFTER INSERT ON ${inSchema}."Account"
  FOR EACH ROW WHEN (NEW."IsPersonAccount") EXECUTE FUNCTION ${inSchema}.emulator_person_contact();
CREATE TRIGGER emulator_person_changed AFTER UPDATE ON ${inSchema}."Account"
  FOR EACH ROW WHEN (NEW."IsPersonAccount" AND (${changed})) EXECUTE FUNCTION ${inSchema}.emulator_person_contact();
`;
}
