import type { Expression } from './expression.ts';
import type { FunctionExp } from '@jetstreamapp/soql-parser-js';
import { identifier } from '../data/sql.ts';
import type { ResolvedField, Scope } from './scope.ts';
import { plainSoqlError } from './soql-error.ts';

/** Radius of the earth by unit. */
const RADIUS = { mi: 3958.7613, km: 6371.0088 } as const;

interface Coordinates {
  readonly latitude: string;
  readonly longitude: string;
}

/** Columns of a location or an address: `X__Latitude__s`, or `BillingLatitude`. */
function coordinatesOf({ field, alias }: ResolvedField): Coordinates {
  const [base, ending] =
    field.type === 'address' ? [field.name.replace(/Address$/, ''), ''] : [field.name.replace(/c$/, ''), '__s'];
  const column = (part: string): string => `${alias}.${identifier(`${base}${part}${ending}`)}`;
  return { latitude: column('Latitude'), longitude: column('Longitude') };
}

function point(parameter: string | FunctionExp | undefined): Coordinates {
  if (
    parameter !== undefined &&
    typeof parameter !== 'string' &&
    parameter.functionName?.toUpperCase() === 'GEOLOCATION'
  ) {
    const [latitude, longitude] = (parameter.parameters ?? []).map(Number);
    if (Math.abs(latitude ?? 91) <= 90 && Math.abs(longitude ?? 181) <= 180)
      return { latitude: `(${latitude ?? 0})::float8`, longitude: `(${longitude ?? 0})::float8` };
  }
  throw plainSoqlError(
    'MALFORMED_QUERY',
    'The second parameter of DISTANCE must be a GEOLOCATION(latitude, longitude).',
  );
}

/** Translates `DISTANCE(location, GEOLOCATION(latitude, longitude), 'km')`: the way along a sphere. */
export function distance(scope: Scope, call: FunctionExp): Expression {
  const [of, to, unitText] = call.parameters ?? [];
  const unit = typeof unitText === 'string' ? unitText.replaceAll("'", '') : '';
  const field = typeof of === 'string' ? scope.resolve(of) : undefined;
  if (field === undefined || (field.field.type !== 'location' && field.field.type !== 'address'))
    throw plainSoqlError('INVALID_FIELD', 'The first parameter of DISTANCE must be a location field.');
  if (unit !== 'mi' && unit !== 'km')
    throw plainSoqlError('MALFORMED_QUERY', `Invalid distance unit: ${unit}. Valid unit: 'mi', 'km'`);
  const [here, there] = [coordinatesOf(field), point(to)];
  const half = (a: string, b: string): string => `sin(radians((${a} - ${b})::float8 / 2)) ^ 2`;
  const chord = `${half(here.latitude, there.latitude)} + cos(radians(${here.latitude}::float8)) * cos(radians(${there.latitude})) * ${half(here.longitude, there.longitude)}`;
  const way = `(2 * ${RADIUS[unit]} * asin(sqrt(least(1, ${chord}))))::numeric`;
  // Spelled out, since least() passes over a NULL.
  return {
    sql: `(CASE WHEN ${here.latitude} IS NOT NULL AND ${here.longitude} IS NOT NULL THEN ${way} END)`,
    type: 'double',
  };
}
