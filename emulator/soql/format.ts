import type { Org } from '../org.ts';
import { currencySql } from './currency.ts';
import type { Expression } from './expression.ts';

/** `to_char` pattern with separators between thousands, and so many digits behind the point. */
const pattern = (scale: number): string => `FM999,999,999,999,999,999,990${scale === 0 ? '' : `.${'0'.repeat(scale)}`}`;

/** Digits that a number is shown with: its field's, or those an amount usually has. */
const scaleOf = ({ field, type }: Expression): number => field?.field.scale ?? (type === 'currency' ? 2 : 0);

/** SQL of an amount as `USD 1,000.50`, or `$1,000.50` in orgs that have one currency, with the sign in front. */
function amountSql(org: Org, of: Expression): string {
  const code = currencySql(org, of);
  const symbol = code === undefined ? "'$'" : `${code} || ' '`;
  return `CASE WHEN ${of.sql} < 0 THEN '-' ELSE '' END || ${symbol} || to_char(abs(${of.sql}), '${pattern(scaleOf(of))}')`;
}

/** SQL of a value as people of locale en_US see it, who stand for every user here; NULL stays NULL. */
export function formatSql(org: Org, of: Expression): string {
  switch (of.type) {
    case 'currency':
      return amountSql(org, of);
    case 'percent':
      return `to_char(${of.sql}, '${pattern(scaleOf(of))}') || '%'`;
    case 'int':
      return `to_char(${of.sql}, '${pattern(0)}')`;
    case 'double':
      // Means and sums of the org's own making have as many digits as they need.
      return of.field === undefined
        ? `rtrim(to_char(${of.sql}, '${pattern(0)}.999999'), '.')`
        : `to_char(${of.sql}, '${pattern(scaleOf(of))}')`;
    case 'date':
      return `to_char(${of.sql}, 'FMMM/FMDD/YYYY')`;
    case 'datetime':
      return `to_char(${of.sql}, 'FMMM/FMDD/YYYY, FMHH12:MI AM')`;
    case 'time':
      return `to_char(timestamp '2000-01-01' + ${of.sql}, 'FMHH12:MI AM')`;
    default:
      return `${of.sql}::text`;
  }
}
