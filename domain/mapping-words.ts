import type { MappingSpec } from './job-spec.ts';

/** Returns where a mapping takes its value from, in words: `ARR__c`, `"salesforce"`, `company where sfdc_account_id = AccountId`. */
export function mappingWords(mapping: MappingSpec): string {
  const optional = mapping.optional ? ', optional' : '';
  switch (mapping.kind) {
    case 'field': {
      const type = mapping.type === undefined ? '' : ` as ${mapping.type}`;
      return `${mapping.from}${type}${mapping.required ? ', required' : ''}${optional}`;
    }
    case 'constant':
      return `${JSON.stringify(mapping.value)}${mapping.type === undefined ? '' : ` as ${mapping.type}`}`;
    case 'lookup': {
      const { table, by, onMissing, onMultiple } = mapping;
      const key =
        'companyResolution' in by
          ? `by company resolution of ${by.companyResolution}`
          : `where ${by.map(({ column, field }) => `${column} = ${field}`).join(' and ')}`;
      return `${table} ${key}, none: ${onMissing}, several: ${onMultiple}${optional}`;
    }
  }
}
