import type { FieldDefinition } from '../definition.ts';
import { picklist, values } from '../fields.ts';
import type { OrgFeatures } from './org-objects.ts';

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
