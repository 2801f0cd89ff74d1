import { currencyFields, idSql, systemFields, type Generation, type Recipe } from './generation.ts';
import { createRandomSql } from './random-sql.ts';
import { literal } from '../sql.ts';
import { parentNumberSql } from './hierarchy-sql.ts';
import { PROFILE_COUNT } from './settings-recipes.ts';
import { CITIES, COUNTRIES, DEPARTMENTS, FIRST_NAMES, LAST_NAMES, TITLES } from './words.ts';

/** Users: one in eight inactive, a few of portal types, a tree of managers some of whom come later in the order of ids. */
export function userRecipe(generation: Generation): Recipe {
  const random = createRandomSql(generation.seed, 'User');
  const name = literal(generation.orgName);
  return {
    object: 'User',
    rows: generation.sizes.users,
    fields: {
      ...systemFields(generation, '005', random),
      Username: `'user' || n || '@' || ${name} || '.example'`,
      LastName: random.pick('LastName', LAST_NAMES),
      FirstName: random.some('FirstName', 95, random.pick('FirstName', FIRST_NAMES)),
      ...(generation.features.middleName ? { MiddleName: random.some('MiddleName', 30, `'Q.'`) } : {}),
      CompanyName: name,
      Department: random.pick('Department', DEPARTMENTS),
      Title: random.some('Title', 80, random.pick('Title', TITLES)),
      City: random.pick('City', CITIES),
      Country: random.pick('City', COUNTRIES),
      Email: `'user' || n || '@mail.' || ${name} || '.example'`,
      Phone: random.some('Phone', 60, `'+1 555 ' || lpad(n::text, 7, '0')`),
      Alias: `'u' || n`,
      CommunityNickname: `'user' || n`,
      IsActive: `(n = 1 OR ${random.below('IsActive', 8)} > 0)`,
      TimeZoneSidKey: random.pick('TimeZoneSidKey', [
        'America/Los_Angeles',
        'America/New_York',
        'Europe/Berlin',
        'Asia/Tokyo',
        'Asia/Kolkata',
      ]),
      LocaleSidKey: random.pick('LocaleSidKey', ['en_US', 'de_DE', 'ja_JP']),
      EmailEncodingKey: `'UTF-8'`,
      ProfileId: `CASE WHEN n = 1 THEN ${idSql(generation, '00e', '1::bigint')} ELSE ${idSql(generation, '00e', `(1 + ${random.below('ProfileId', PROFILE_COUNT)})`)} END`,
      UserType: `CASE WHEN n > 1 AND ${random.below('UserType', 25)} = 0 THEN 'PowerPartner' ELSE 'Standard' END`,
      LanguageLocaleKey: random.pick('LanguageLocaleKey', ['en_US', 'de', 'ja']),
      EmployeeNumber: random.some('EmployeeNumber', 70, `'E' || lpad(n::text, 6, '0')`),
      ManagerId: random.some('ManagerId', 80, idSql(generation, '005', parentNumberSql(generation.sizes.users, 6))),
      ...(generation.features.multiCurrency
        ? { DefaultCurrencyIsoCode: random.pick('DefaultCurrency', ['USD', 'EUR']) }
        : {}),
      ...currencyFields(generation, random),
    },
  };
}
