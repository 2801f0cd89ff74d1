import { ApiError } from '../api-error.ts';
import { MESSAGES } from '../error-strings.ts';
import type { Org } from '../org.ts';
import { literalBinder } from '../soql/binder.ts';
import { csvText } from '../soql/column-sql.ts';
import { compileSoql, type CompiledQuery } from '../soql/compile-soql.ts';
import { compoundColumns } from '../soql/selection.ts';
import { literal } from '../data/sql.ts';
import { DELIMITERS, LINE_ENDINGS, type ColumnDelimiter, type Job } from './job.ts';

const refuse = (code: string, message: string): ApiError => new ApiError(400, code, message);

/**
 * Translates a query for a Bulk job.
 *
 * @throws ApiError for what every query is refused for, and for what only the Bulk API refuses
 */
export function compileBulkQuery(org: Org, job: Pick<Job, 'soql' | 'operation' | 'userId'>, now: Date): CompiledQuery {
  const compiled = compileSoql({
    org,
    soql: job.soql,
    includeDeleted: job.operation === 'queryAll',
    now,
    userId: job.userId,
    // COPY takes no parameters.
    binder: literalBinder(),
  });
  const { query } = compiled;
  if (!compiled.object.bulkQueryable) throw refuse('INVALIDENTITY', MESSAGES.bulkUnsupported(compiled.object.name));
  if (compiled.kind !== 'records') throw refuse('API_ERROR', MESSAGES.groupInBulk);
  if (compiled.children.length > 0) throw refuse('API_ERROR', MESSAGES.aggregateInBulk);
  if (query.offset !== undefined) throw refuse('API_ERROR', MESSAGES.offsetInBulk);
  for (const item of query.fields ?? []) {
    if (item.type === 'FieldTypeof') throw refuse('API_ERROR', MESSAGES.functionInBulk('TYPEOF'));
    if (item.type !== 'FieldFunctionExpression') continue;
    if (item.functionName.toUpperCase() === 'FIELDS') throw refuse('API_ERROR', MESSAGES.fieldsInBulk);
    throw refuse('API_ERROR', MESSAGES.functionInBulk(item.functionName));
  }
  if (compoundColumns(compiled.columns).length > 0) throw refuse('FUNCTIONALITY_NOT_ENABLED', MESSAGES.compoundInBulk);
  return compiled;
}

/** The first line of every page, with its line end: every name in quotes. */
export const headerLine = (compiled: CompiledQuery, job: Pick<Job, 'columnDelimiter' | 'lineEnding'>): string =>
  compiled.columns
    .map((column) => `"${[...column.relationships, column.name].join('.')}"`)
    .join(DELIMITERS[job.columnDelimiter]) + LINE_ENDINGS[job.lineEnding];

/** Returns the COPY that writes the rows in the dialect of the Bulk API: every value in quotes, nothing for null. */
export function copySql(compiled: CompiledQuery, delimiter: ColumnDelimiter): string {
  const values = compiled.columns.map((column) => `coalesce(${csvText(column.type, column.sql)}, '')`);
  const order = compiled.orderBy.length === 0 ? '' : ` ORDER BY ${compiled.orderBy.join(', ')}`;
  return `COPY (SELECT ${values.join(', ')} FROM ${compiled.from} WHERE ${compiled.where}${order}${compiled.window})
    TO STDOUT (FORMAT csv, FORCE_QUOTE *, DELIMITER ${literal(DELIMITERS[delimiter])}, ENCODING 'UTF8')`;
}
