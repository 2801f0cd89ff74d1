import { isDatePart, isTextFunction, type Alternative, type MappingFunction } from '../domain/mapping-function.ts';
import type { WrittenFunction } from './schema/mapping-functions.ts';

/** Returns the steps of an `apply:`; what is faulty has been reported, and is left out. */
export const toFunctions = (written: readonly WrittenFunction[]): MappingFunction[] => written.flatMap(toFunction);

function toFunction(written: WrittenFunction): MappingFunction[] {
  if (typeof written === 'string') return isTextFunction(written) || isDatePart(written) ? [{ name: written }] : [];
  const { coalesce, split, cast } = written;
  if (cast !== undefined) return [{ name: 'cast', type: cast }];
  if (split?.by !== undefined && split.part !== undefined) return [{ name: 'split', by: split.by, part: split.part }];
  if (coalesce === undefined) return [];
  const values = coalesce.flatMap((each): Alternative[] => {
    if (typeof each === 'string') return [{ field: each }];
    return each.value === undefined ? [] : [{ value: String(each.value) }];
  });
  return [{ name: 'coalesce', values }];
}
