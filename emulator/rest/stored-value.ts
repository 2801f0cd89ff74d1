import { ApiError } from '../api-error.ts';
import type { FieldDefinition } from '../data/definition.ts';
import { MESSAGES } from '../error-strings.ts';
import { normalizeId } from '../salesforce-id.ts';

const PATTERNS: Readonly<Partial<Record<FieldDefinition['type'], RegExp>>> = {
  int: /^-?\d{1,8}$/,
  double: /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/,
  currency: /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/,
  percent: /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  datetime: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/,
  time: /^\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?$/,
};

/**
 * Returns the text that the storage takes for a value of a request; null for none, as for '' and for blanks.
 *
 * @throws ApiError JSON_PARSER_ERROR when the value is not of the field's type, STRING_TOO_LONG, INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST
 */
export function toStored(field: FieldDefinition, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (field.type === 'boolean') {
    if (typeof value !== 'boolean')
      throw new ApiError(400, 'JSON_PARSER_ERROR', MESSAGES.cannotParse(JSON.stringify(value), 'boolean'));
    return String(value);
  }
  if (typeof value === 'object')
    throw new ApiError(400, 'JSON_PARSER_ERROR', MESSAGES.cannotParse('START_OBJECT', field.type));
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).trim();
  if (text === '') return null;
  if (field.type === 'reference') {
    const id = normalizeId(text);
    if (id === undefined)
      throw new ApiError(400, 'MALFORMED_ID', `${field.label}: id value of incorrect type: ${text}`, [field.name]);
    return id;
  }
  if (PATTERNS[field.type]?.test(text) === false) {
    throw new ApiError(400, 'JSON_PARSER_ERROR', MESSAGES.cannotParse(text, field.type));
  }
  if (field.length > 0 && text.length > field.length) {
    throw new ApiError(400, 'STRING_TOO_LONG', MESSAGES.stringTooLong(field.label, text, field.length), [field.name]);
  }
  const known = field.picklistValues?.filter((entry) => entry.active).map((entry) => entry.value);
  if (field.restrictedPicklist === true && known?.includes(text) === false) {
    throw new ApiError(
      400,
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      `${field.label}: bad value for restricted picklist field: ${text}`,
      [field.name],
    );
  }
  return text;
}
