import type { FieldDefinition } from './definition.ts';

/** Longest text that an org indexes; longer ones can only be read. */
const LONGEST_SHORT_TEXT = 255;

export const isCompound = ({ type }: FieldDefinition): boolean => type === 'address' || type === 'location';

const isLongText = (field: FieldDefinition): boolean => field.type === 'textarea' && field.length > LONGEST_SHORT_TEXT;

/** Whether the org computes it. */
export const isCalculated = (field: FieldDefinition): boolean =>
  field.formulaText !== undefined || field.rollup !== undefined;

/** Whether it may stand in a condition. */
export const isFilterable = (field: FieldDefinition): boolean =>
  !isCompound(field) && !isLongText(field) && field.type !== 'encryptedstring';

/** Whether rows can be put in order by it. */
export const isSortable = (field: FieldDefinition): boolean =>
  !isCompound(field) && !isLongText(field) && field.type !== 'multipicklist';

/** Whether its values can be counted. */
export const isAggregatable = (field: FieldDefinition): boolean =>
  isFilterable(field) && field.type !== 'boolean' && field.type !== 'multipicklist';

const NEVER_GROUPED: ReadonlySet<string> = new Set([
  'datetime',
  'time',
  'multipicklist',
  'double',
  'currency',
  'percent',
]);

/** Whether rows can be grouped by it. */
export const isGroupable = (field: FieldDefinition): boolean =>
  isFilterable(field) && !isCalculated(field) && field.formulaSql === undefined && !NEVER_GROUPED.has(field.type);
