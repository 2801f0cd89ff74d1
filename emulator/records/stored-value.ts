import { ApiError } from '../api-error.ts';
import type { FieldDefinition } from '../data/definition.ts';
import { MESSAGES } from '../error-strings.ts';
import { normalizeId } from '../salesforce-id.ts';

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

const PATTERNS: Readonly<Partial<Record<FieldDefinition['type'], RegExp>>> = {
  int: /^-?\d{1,8}$/,
  double: NUMBER,
  currency: NUMBER,
  percent: NUMBER,
  date: /^\d{4}-\d{2}-\d{2}$/,
  datetime: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/,
  time: /^\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?$/,
};

const cannotParse = (value: string, type: string): ApiError =>
  new ApiError(400, 'JSON_PARSER_ERROR', MESSAGES.cannotParse(value, type));

/** A calendar day that exists: `2026-02-30` matches the pattern and is none. */
function isRealDay(text: string): boolean {
  const day = text.slice(0, 10);
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
}

function booleanText(value: unknown): string {
  if (typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (['true', '1'].includes(text)) return 'true';
  if (['false', '0'].includes(text)) return 'false';
  throw cannotParse(JSON.stringify(value), 'boolean');
}

function assertPicklist(field: FieldDefinition, text: string): void {
  if (field.restrictedPicklist !== true) return;
  const known = (field.picklistValues ?? []).filter((entry) => entry.active).map((entry) => entry.value);
  const chosen = field.type === 'multipicklist' ? text.split(';') : [text];
  if (chosen.every((value) => known.includes(value))) return;
  const code = 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST';
  throw new ApiError(400, code, `${field.label}: bad value for restricted picklist field: ${text}`, [field.name]);
}

/**
 * Returns the text that the storage takes for a value of a request; null for none, as for '' and for blanks.
 *
 * @throws ApiError JSON_PARSER_ERROR when the value is not of the field's type, STRING_TOO_LONG, MALFORMED_ID,
 *   NUMBER_OUTSIDE_VALID_RANGE, INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST
 */
export function toStored(field: FieldDefinition, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (field.type === 'boolean') return booleanText(value);
  if (typeof value === 'object') throw cannotParse('START_OBJECT', field.type);
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).trim();
  if (text === '') return null;
  if (field.type === 'reference') {
    const id = normalizeId(text);
    if (id === undefined)
      throw new ApiError(400, 'MALFORMED_ID', `${field.label}: id value of incorrect type: ${text}`, [field.name]);
    return id;
  }
  if (PATTERNS[field.type]?.test(text) === false) throw cannotParse(text, field.type);
  if ((field.type === 'date' || field.type === 'datetime') && !isRealDay(text)) throw cannotParse(text, field.type);
  const wholeDigits = field.precision - field.scale;
  if (PATTERNS[field.type] === NUMBER && field.precision > 0 && Math.abs(Number(text)) >= 10 ** wholeDigits) {
    throw new ApiError(
      400,
      'NUMBER_OUTSIDE_VALID_RANGE',
      `${field.label}: value outside of valid range on numeric field: ${text}`,
      [field.name],
    );
  }
  if (field.length > 0 && text.length > field.length) {
    throw new ApiError(400, 'STRING_TOO_LONG', MESSAGES.stringTooLong(field.label, text, field.length), [field.name]);
  }
  assertPicklist(field, text);
  return text;
}
