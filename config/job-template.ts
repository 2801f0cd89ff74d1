import { columnTypeOf, UNMAPPABLE_TYPES } from '../domain/column-types.ts';
import type { DescribedField, DescribedObject } from '../domain/describe.ts';
import { STANDARD_COLUMNS } from './rules/check-targets.ts';

export interface JobTemplate {
  readonly name: string;
  readonly connection: string;
  readonly object: DescribedObject;
  /** Tables that jobs of the connection fill, so that references to them can be looked up. */
  readonly tables: readonly string[];
}

/** References that the model can look up: object → lookup. */
const LOOKUPS: Readonly<
  Record<string, { readonly table: string; readonly by: (field: string) => string; readonly after: string }>
> = {
  Account: { table: 'company', by: (field) => `{ companyResolution: ${field} }`, after: 'company-sync' },
  User: { table: 'app_user', by: (field) => `{ sfdc_user_id: ${field} }`, after: 'user-sync' },
  Contact: { table: 'company_person', by: (field) => `{ sfdc_contact_id: ${field} }`, after: 'company-person-sync' },
};

/** Fields that every object has and that the sync reads by itself. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'Id',
  'IsDeleted',
  'SystemModstamp',
  'LastModifiedDate',
  'LastModifiedById',
  'CreatedById',
  'LastActivityDate',
  'LastViewedDate',
  'LastReferencedDate',
  'MasterRecordId',
]);

/** `Annual_Revenue__c`, `AnnualRevenue` → `annual_revenue`. */
const snakeCase = (name: string): string =>
  name
    .replace(/__[a-z]+$/i, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replaceAll(/\W+|__+/g, '_')
    .toLowerCase()
    .replace(/^[^a-z]+/, '')
    .slice(0, 50) || 'field';

/** Returns a job of its own for an object, with every field that can be mapped: complete as it is, and meant to be edited. */
export function jobTemplate({ name, connection, object, tables }: JobTemplate): string {
  const table = snakeCase(object.name);
  const key = `sfdc_${table}_id`;
  const taken = new Set<string>([...STANDARD_COLUMNS, key]);
  const columnOf = (wanted: string): string => {
    let column = wanted;
    for (let number = 2; taken.has(column); number++) column = `${wanted}_${number}`;
    taken.add(column);
    return column;
  };
  const after = new Set<string>();
  const lines = object.fields.flatMap((field) => {
    if (BOOKKEEPING.has(field.name)) return [];
    if (UNMAPPABLE_TYPES.has(field.type))
      return [`  # ${field.name}: ${field.type}, which has no column; its parts follow`];
    const lookup = lookupOf(field, tables);
    if (lookup === undefined) return [fieldLine(columnOf(snakeCase(field.name)), field)];
    after.add(lookup.after);
    const reference = columnOf(snakeCase(field.name));
    taken.add(`${reference}_source`);
    return [`  ${reference}: { lookup: ${lookup.table}, by: ${lookup.by(field.name)}, onMissing: pending }`];
  });
  return [
    `# ${object.label}, as the org describes it to the user who authorized. Take out what nobody needs, then: mooring plan`,
    `job: ${name}`,
    `connection: ${connection}`,
    `source:`,
    `  object: ${object.name}`,
    `  # filter: CreatedDate = LAST_N_YEARS:3   # SOQL, as after WHERE`,
    `target: { table: ${table} }`,
    `map:`,
    `  ${key}: Id`,
    ...lines,
    `upsertKey: [${key}]`,
    ...(after.size === 0 ? [] : [`after: [${[...after].join(', ')}]`]),
    `onDelete: deactivate # ignore | deactivate | delete`,
    `# schedule: { every: 1h }`,
    '',
  ].join('\n');
}

function lookupOf({ type, referenceTo = [] }: DescribedField, tables: readonly string[]) {
  const [target = '', ...others] = referenceTo;
  const lookup = type === 'reference' && others.length === 0 ? LOOKUPS[target] : undefined;
  return lookup !== undefined && tables.includes(lookup.table) ? lookup : undefined;
}

function fieldLine(column: string, { name, type, label, calculated }: DescribedField): string {
  const note = calculated === true ? `${label}; a formula: incremental runs do not see it change` : label;
  const comment = note.replaceAll(/\s+/g, ' ').slice(0, 80);
  return `  ${column}: ${name} # ${comment} (${columnTypeOf(type)})`;
}
