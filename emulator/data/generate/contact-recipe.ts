import { currencyFields, idSql, someIdSql, systemFields, type Generation, type Recipe } from './generation.ts';
import { parentNumberSql } from './hierarchy-sql.ts';
import { createRandomSql } from './random-sql.ts';
import {
  CITIES,
  COUNTRIES,
  DEPARTMENTS,
  FIRST_NAMES,
  LAST_NAMES,
  NASTY_LINES,
  NASTY_TEXTS,
  STATES,
  TITLES,
} from './words.ts';

/** Contacts: 5 % share an e-mail address, 8 % have none, 3 % no account; some addresses differ only in case. */
export function contactRecipe(generation: Generation): Recipe {
  const random = createRandomSql(generation.seed, 'Contact');
  const { contacts: rows, accounts, users } = generation.sizes;
  const address = `'person' || n || '@customer.example'`;
  const shared = `CASE WHEN n % 2 = 0 THEN 'info' || n / 2 % ${Math.max(1, Math.floor(rows / 60))} || '@shared.example' ELSE 'Info' || n / 2 % ${Math.max(1, Math.floor(rows / 60))} || '@Shared.Example' END`;
  const emailSql = `CASE WHEN ${random.below('Email', 100)} < 8 THEN NULL WHEN ${random.below('Email', 100)} < 13 THEN ${shared} WHEN ${random.below('Email', 100)} < 20 THEN upper(${address}) ELSE ${address} END`;
  return {
    object: 'Contact',
    rows,
    fields: {
      ...systemFields(generation, '003', random),
      IsDeleted: `(${random.below('IsDeleted', 100)} = 0)`,
      AccountId: random.some(
        'AccountId',
        97,
        someIdSql(generation, random, { field: 'AccountId', keyPrefix: '001', rows: accounts }),
      ),
      LastName: random.some('nasty', 1, random.pick('nasty', NASTY_LINES), random.pick('LastName', LAST_NAMES)),
      FirstName: random.some('FirstName', 92, random.pick('FirstName', FIRST_NAMES)),
      ...(generation.features.middleName ? { MiddleName: random.some('MiddleName', 30, `'Q.'`) } : {}),
      Salutation: random.some('Salutation', 60, random.pick('Salutation', ['Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Mx.'])),
      MailingCity: random.some('Mailing', 70, random.pick('MailingCity', CITIES)),
      MailingState: random.some('Mailing', 70, random.pick('MailingCity', STATES)),
      MailingCountry: random.some('Mailing', 70, random.pick('MailingCity', COUNTRIES)),
      Phone: random.some('Phone', 80, `'(415) 555-' || lpad((n % 10000)::text, 4, '0')`),
      MobilePhone: random.some('MobilePhone', 40, `'+44 7700 ' || lpad((n % 1000000)::text, 6, '0')`),
      ReportsToId: random.some('ReportsToId', 25, idSql(generation, '003', parentNumberSql(rows, 5))),
      Email: emailSql,
      Title: random.some('Title', 85, random.pick('Title', TITLES)),
      Department: random.some('Department', 70, random.pick('Department', DEPARTMENTS)),
      LeadSource: random.some(
        'LeadSource',
        60,
        random.pick('LeadSource', ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other', 'Fax']),
      ),
      Birthdate: random.some('Birthdate', 30, `date '1950-01-01' + ${random.below('Birthdate', 20_000)}::int`),
      Description: random.some('Description', 10, random.pick('Description', NASTY_TEXTS)),
      OwnerId: someIdSql(generation, random, { field: 'OwnerId', keyPrefix: '005', rows: users }),
      HasOptedOutOfEmail: `(${random.below('HasOptedOutOfEmail', 10)} = 0)`,
      DoNotCall: `(${random.below('DoNotCall', 20)} = 0)`,
      ...currencyFields(generation, random),
    },
  };
}
