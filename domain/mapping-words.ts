import type { MappingSpec } from './job-spec.ts';
import type { MappingFunction } from './mapping-function.ts';

/** `split(lower(Email), "@", 2)`. */
const valueWords = (field: string, functions: readonly MappingFunction[] = []): string =>
  functions.reduce((words, step) => {
    if (step.name === 'cast') return `cast(${words} as ${step.type})`;
    if (step.name === 'split') return `split(${words}, ${JSON.stringify(step.by)}, ${step.part})`;
    if (step.name !== 'coalesce') return `${step.name}(${words})`;
    const others = step.values.map((each) => ('field' in each ? each.field : JSON.stringify(each.value)));
    return `coalesce(${[words, ...others].join(', ')})`;
  }, field);

/** Returns where a mapping takes its value from, in words: `ARR__c`, `"salesforce"`, `company where sfdc_account_id = AccountId`. */
export function mappingWords(mapping: MappingSpec): string {
  const optional = mapping.optional ? ', optional' : '';
  switch (mapping.kind) {
    case 'field': {
      const type = mapping.type === undefined ? '' : ` as ${mapping.type}`;
      return `${valueWords(mapping.from, mapping.apply)}${type}${mapping.required ? ', required' : ''}${mapping.onUnknown === undefined ? '' : `, unknown: ${mapping.onUnknown}`}${optional}`;
    }
    case 'constant':
      return `${JSON.stringify(mapping.value)}${mapping.type === undefined ? '' : ` as ${mapping.type}`}`;
    case 'lookup': {
      const { table, by, onMissing, onMultiple } = mapping;
      const key =
        'companyResolution' in by
          ? `by company resolution of ${by.companyResolution}`
          : `where ${by.map(({ column, field, apply }) => `${column} = ${valueWords(field, apply)}`).join(' and ')}`;
      return `${table} ${key}, none: ${onMissing}, several: ${onMultiple}${optional}`;
    }
  }
}
