import type { FieldDefinition, ObjectDefinition } from '../definition.ts';
import { audit, flag, identity, integer, number, picklist, text, values } from '../fields.ts';
import { ordinary, type OrgFeatures } from './org-objects.ts';

/** Currencies of an org that has several: how much of each is one of the corporate currency. */
export const CURRENCIES = [
  { isoCode: 'USD', rate: '1', decimalPlaces: 2 },
  { isoCode: 'EUR', rate: '0.8', decimalPlaces: 2 },
  { isoCode: 'JPY', rate: '150', decimalPlaces: 0 },
] as const;

export const currencyType: ObjectDefinition = ordinary(
  {
    name: 'CurrencyType',
    label: 'Currency Type',
    labelPlural: 'Currency Types',
    keyPrefix: '01L',
    deletable: false,
  },
  [
    ...identity({ bin: false }),
    text('IsoCode', 'Currency ISO Code', 3, { nillable: false }),
    number('ConversionRate', 'Conversion Rate', 18, 6, { nillable: false }),
    integer('DecimalPlaces', 'Decimal Places', { nillable: false }),
    flag('IsActive', 'Active'),
    flag('IsCorporate', 'Is Corporate Currency'),
    ...audit(),
  ],
);

/** `CurrencyIsoCode` of a record, in orgs with several currencies. */
export const recordCurrency = (features: OrgFeatures): FieldDefinition[] =>
  features.multiCurrency
    ? [
        picklist('CurrencyIsoCode', 'Currency ISO Code', values('*USD', 'EUR', 'JPY'), {
          length: 3,
          restrictedPicklist: true,
          defaultedOnCreate: true,
          columnDefault: "'USD'",
        }),
      ]
    : [];
