import type { ObjectDefinition } from '../definition.ts';
import {
  address,
  audit,
  datetime,
  email,
  flag,
  identity,
  longText,
  personName,
  personParts,
  phone,
  picklist,
  readOnly,
  reference,
  text,
  values,
  viewed,
} from '../fields.ts';
import { recordCurrency } from './currencies.ts';
import { ordinary, type OrgFeatures } from './org-objects.ts';

/** People of the org: deactivated, never deleted. */
export const user = (features: OrgFeatures): ObjectDefinition =>
  ordinary({ name: 'User', label: 'User', labelPlural: 'Users', keyPrefix: '005', deletable: false }, [
    ...identity({ bin: false }),
    text('Username', 'Username', 80, { nillable: false, unique: true, idLookup: true, indexed: true }),
    ...personParts(features.middleName),
    personName(features.middleName),
    text('CompanyName', 'Company Name', 80),
    text('Division', 'Division', 80),
    text('Department', 'Department', 80),
    text('Title', 'Title', 80),
    ...address('', 'User'),
    email('Email', 'Email', { nillable: false, length: 128 }),
    phone('Phone', 'Phone'),
    phone('MobilePhone', 'Cell'),
    phone('Fax', 'Fax'),
    phone('Extension', 'Extension'),
    longText('AboutMe', 'About Me', 1000),
    text('Alias', 'Alias', 8, { nillable: false }),
    text('CommunityNickname', 'Nickname', 40, { nillable: false, unique: true }),
    flag('IsActive', 'Active', { columnDefault: 'true' }),
    picklist(
      'TimeZoneSidKey',
      'Time Zone',
      values('*America/Los_Angeles', 'America/New_York', 'Europe/Berlin', 'Asia/Tokyo', 'Asia/Kolkata'),
      { length: 40, nillable: false, restrictedPicklist: true, columnDefault: "'America/Los_Angeles'" },
    ),
    picklist('LocaleSidKey', 'Locale', values('*en_US', 'de_DE', 'ja_JP'), {
      length: 40,
      nillable: false,
      restrictedPicklist: true,
      columnDefault: "'en_US'",
    }),
    picklist('EmailEncodingKey', 'Email Encoding', values('*UTF-8', 'ISO-8859-1'), {
      length: 40,
      nillable: false,
      restrictedPicklist: true,
      columnDefault: "'UTF-8'",
    }),
    reference('ProfileId', 'Profile ID', 'Profile', { nillable: false }),
    picklist(
      'UserType',
      'User Type',
      values('*Standard', 'PowerPartner', 'CSPLitePortal', 'CustomerSuccess', 'Guest', 'AutomatedProcess'),
      { length: 40, createable: false, updateable: false, columnDefault: "'Standard'" },
    ),
    picklist('LanguageLocaleKey', 'Language', values('*en_US', 'de', 'ja'), {
      length: 40,
      nillable: false,
      restrictedPicklist: true,
      columnDefault: "'en_US'",
    }),
    text('EmployeeNumber', 'Employee Number', 20),
    reference('ManagerId', 'Manager ID', 'User', { childRelationshipName: 'ManagedUsers' }),
    text('FederationIdentifier', 'SAML Federation ID', 512, { unique: true, caseSensitive: true }),
    datetime('LastLoginDate', 'Last Login', { createable: false, updateable: false }),
    readOnly(datetime('LastPasswordChangeDate', 'Last Password Change or Reset')),
    flag('ReceivesInfoEmails', 'Info Emails'),
    flag('ReceivesAdminInfoEmails', 'Admin Info Emails'),
    flag('ForecastEnabled', 'Allow Forecasting'),
    ...viewed(),
    ...(features.multiCurrency
      ? [
          picklist('DefaultCurrencyIsoCode', 'Default Currency ISO Code', values('*USD', 'EUR', 'JPY'), {
            length: 3,
            restrictedPicklist: true,
            columnDefault: "'USD'",
          }),
        ]
      : []),
    ...recordCurrency(features),
    ...audit(),
  ]);
