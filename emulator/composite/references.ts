import { ApiError } from '../api-error.ts';
import { MESSAGES } from '../error-strings.ts';

/** Follows `id` or `records[0].Id` into a reply. */
function valueAt(reply: unknown, path: string): unknown {
  let value = reply;
  for (const step of path.split(/[.[\]]+/).filter((part) => part !== '')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

/**
 * Returns a part of a composite request with every `@{reference.path}` replaced by what an earlier part answered.
 *
 * @throws ApiError PROCESSING_HALTED for a reference that leads nowhere
 */
export function withReferences(value: unknown, replies: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/@\{([^.}]+)\.?([^}]*)\}/g, (_all, reference: string, path: string) => {
      const found = valueAt(replies.get(reference), path);
      if (typeof found !== 'string' && typeof found !== 'number')
        throw new ApiError(400, 'PROCESSING_HALTED', MESSAGES.noReference(`${reference}.${path}`));
      return String(found);
    });
  }
  if (Array.isArray(value)) return value.map((item) => withReferences(item, replies));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withReferences(item, replies)]));
}
