import { idSql, type FieldExpressions, type Generation } from './generation.ts';
import { CURRENCIES } from '../objects/currencies.ts';
import { literal } from '../sql.ts';

/** Rows of the small set-up objects, as SQL expressions by field. */
export interface FixedRow {
  readonly object: string;
  readonly fields: FieldExpressions;
}

const audit = (generation: Generation): FieldExpressions => {
  const start = `${literal(generation.until)}::timestamptz - interval '3 years'`;
  const admin = idSql(generation, '005', '1::bigint');
  return {
    CreatedDate: start,
    CreatedById: admin,
    LastModifiedDate: start,
    LastModifiedById: admin,
    SystemModstamp: start,
  };
};

const PROFILES = ['System Administrator', 'Standard User', 'Read Only', 'Minimum Access - Salesforce'];
const RECORD_TYPES = [
  ['Account', 'Customer', 'Customer'],
  ['Account', 'Partner', 'Partner'],
  ['Opportunity', 'New Business', 'New_Business'],
  ['Opportunity', 'Renewal', 'Renewal'],
] as const;

const CASE_STATUSES = ['New', 'Working', 'Escalated', 'Closed'];

export const RECORD_TYPES_PER_OBJECT = 2;
export const PROFILE_COUNT = PROFILES.length;

export function fixedRows(generation: Generation): FixedRow[] {
  const organization: FixedRow = {
    object: 'Organization',
    fields: {
      Id: literal(generation.orgId),
      Name: literal(`${generation.orgName.charAt(0).toUpperCase()}${generation.orgName.slice(1)} Corporation`),
      City: "'San Francisco'",
      Country: "'US'",
      DefaultLocaleSidKey: "'en_US'",
      TimeZoneSidKey: "'America/Los_Angeles'",
      LanguageLocaleKey: "'en_US'",
      OrganizationType: "'Enterprise Edition'",
      InstanceName: "'EMU1'",
      IsSandbox: String(generation.isSandbox),
      ...audit(generation),
    },
  };
  const profiles = PROFILES.map((name, index): FixedRow => ({
    object: 'Profile',
    fields: {
      Id: idSql(generation, '00e', `${index + 1}::bigint`),
      Name: literal(name),
      UserType: "'Standard'",
      ...audit(generation),
    },
  }));
  const recordTypes = RECORD_TYPES.map(([object, name, developerName], index): FixedRow => ({
    object: 'RecordType',
    fields: {
      Id: idSql(generation, '012', `${index + 1}::bigint`),
      Name: literal(name),
      DeveloperName: literal(developerName),
      SobjectType: literal(object),
      IsActive: 'true',
      ...audit(generation),
    },
  }));
  const caseStatuses = CASE_STATUSES.map((name, index): FixedRow => ({
    object: 'CaseStatus',
    fields: {
      Id: idSql(generation, '01J', `${index + 1}::bigint`),
      MasterLabel: literal(name),
      ApiName: literal(name),
      SortOrder: String(index + 1),
      IsDefault: String(index === 0),
      IsClosed: String(name === 'Closed'),
      ...audit(generation),
    },
  }));
  const currencies = (generation.features.multiCurrency ? CURRENCIES : []).map(
    ({ isoCode, rate, decimalPlaces }, index): FixedRow => ({
      object: 'CurrencyType',
      fields: {
        Id: idSql(generation, '01L', `${index + 1}::bigint`),
        IsoCode: literal(isoCode),
        ConversionRate: rate,
        DecimalPlaces: String(decimalPlaces),
        IsActive: 'true',
        IsCorporate: String(index === 0),
        ...audit(generation),
      },
    }),
  );
  return [organization, ...profiles, ...recordTypes, ...caseStatuses, ...currencies];
}
