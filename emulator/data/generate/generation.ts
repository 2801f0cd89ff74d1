import type { OrgSizes } from '../../contract.ts';
import type { OrgFeatures } from '../objects/org-objects.ts';
import { recordIdSql } from '../../salesforce-id.ts';
import { literal } from '../sql.ts';
import type { RandomSql } from './random-sql.ts';

/** All that decides what an org's generated rows look like. */
export interface Generation {
  readonly orgName: string;
  readonly orgId: string;
  /** Two characters inside every id. */
  readonly instance: string;
  readonly isSandbox: boolean;
  readonly seed: number;
  readonly sizes: OrgSizes;
  readonly features: OrgFeatures;
  readonly plantedBadRows: boolean;
  /** ISO 8601 instant of the newest stamp. */
  readonly until: string;
}

/** SQL expressions by field name, over a row source with columns `n`, `created` and `stamp`. */
export type FieldExpressions = Readonly<Record<string, string>>;

/** What one object generates: how many rows, and each field's SQL. */
export interface Recipe {
  readonly object: string;
  readonly rows: number;
  readonly fields: FieldExpressions;
}

/** SQL of the id of the record whose number `counter` gives (a bigint expression from 1). */
export const idSql = (generation: Generation, keyPrefix: string, counter: string): string =>
  recordIdSql(keyPrefix, generation.instance, counter);

/** SQL of the id of some record of another object, or NULL where that object is empty. */
export const someIdSql = (
  generation: Generation,
  random: RandomSql,
  { field, keyPrefix, rows }: { readonly field: string; readonly keyPrefix: string; readonly rows: number },
): string => (rows === 0 ? 'NULL' : idSql(generation, keyPrefix, `(1 + ${random.below(field, rows)})`));

/** Id and audit fields of every generated record. */
export const systemFields = (generation: Generation, keyPrefix: string, random: RandomSql): FieldExpressions => ({
  Id: idSql(generation, keyPrefix, 'n'),
  CreatedDate: 'created',
  CreatedById: someIdSql(generation, random, { field: 'CreatedById', keyPrefix: '005', rows: generation.sizes.users }),
  // A mass update by the system moves only SystemModstamp; see stampSql.
  LastModifiedDate: "date_trunc('second', created + (stamp - created) * 0.9)",
  LastModifiedById: someIdSql(generation, random, {
    field: 'LastModifiedById',
    keyPrefix: '005',
    rows: generation.sizes.users,
  }),
  SystemModstamp: 'stamp',
});

const TWO_YEARS_SECONDS = 2 * 365 * 24 * 3600;

/** SQL of the record's SystemModstamp: spread over two years, and in a fifth of the rows one of five shared by a mass update. */
export const stampSql = (generation: Generation, random: RandomSql): string => {
  const until = `${literal(generation.until)}::timestamptz`;
  const spread = `${until} - make_interval(secs => ${random.below('stamp', TWO_YEARS_SECONDS)}::float8)`;
  const mass = `${until} - make_interval(days => 30 + 100 * ${random.below('mass', 5)}::int)`;
  return random.some('massUpdate', 20, mass, spread);
};

/** SQL of CreatedDate: up to a year before the stamp. */
export const createdSql = (random: RandomSql): string =>
  `make_interval(secs => ${random.below('created', 365 * 24 * 3600)}::float8)`;

/** Currency of a record, where the org has several. */
export const currencyFields = (generation: Generation, random: RandomSql): FieldExpressions =>
  generation.features.multiCurrency
    ? { CurrencyIsoCode: random.pick('CurrencyIsoCode', ['USD', 'USD', 'EUR', 'JPY']) }
    : {};
