import { findField } from '../data/definition.ts';
import { identifier } from '../data/sql.ts';
import { findObject, type Org } from '../org.ts';
import type { Expression } from './expression.ts';

const table = (org: Org): string => `${identifier(org.schema)}."CurrencyType"`;

/** SQL of how much of a currency is one of the corporate currency; `code` is the SQL of its ISO code. */
export const rateSql = (org: Org, code: string): string =>
  `(SELECT rate."ConversionRate" FROM ${table(org)} rate WHERE rate."IsoCode" = ${code})`;

/** SQL of the corporate currency's ISO code; a text for orgs of one currency. */
export const corporateSql = (org: Org): string =>
  `(SELECT corporate."IsoCode" FROM ${table(org)} corporate WHERE corporate."IsCorporate")`;

/** SQL of the currency that an amount is in; `undefined` in orgs that have only one. */
export function currencySql(org: Org, { field, currency }: Expression): string | undefined {
  if (currency !== undefined) return currency;
  if (findObject(org, 'CurrencyType') === undefined) return undefined;
  const own = field === undefined ? undefined : findField(field.object, 'CurrencyIsoCode');
  return own === undefined || field === undefined ? corporateSql(org) : `${field.alias}."CurrencyIsoCode"`;
}
