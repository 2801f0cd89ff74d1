import type { MappingSpec } from './job-spec.ts';
import { fieldsOfFunctions } from './mapping-function.ts';

/** Returns the Salesforce fields that a mapping reads. */
export function fieldsOf(mapping: MappingSpec): string[] {
  if (mapping.kind === 'field') return [mapping.from, ...fieldsOfFunctions(mapping.apply)];
  if (mapping.kind === 'constant') return [];
  if ('companyResolution' in mapping.by) return [mapping.by.companyResolution];
  return mapping.by.flatMap(({ field, apply }) => [field, ...fieldsOfFunctions(apply)]);
}
