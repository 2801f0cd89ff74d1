import { literal } from '../data/sql.ts';
import { ApiError } from '../api-error.ts';
import { compileBulkQuery, copySql, headerLine } from '../bulk/bulk-query.ts';
import { MESSAGES } from '../error-strings.ts';
import type { Org } from '../org.ts';
import type { CompiledQuery } from '../soql/compile-soql.ts';
import { csvText } from '../soql/column-sql.ts';
import type { Column } from '../soql/expression.ts';
import { recordJsonSql } from '../soql/record-json.ts';
import type { AsyncJob, ContentType } from './async-job.ts';

/** Translates the query of a batch. @throws ApiError for what the Bulk API refuses */
export function compileBatchQuery(org: Org, job: AsyncJob, soql: string, now: Date): CompiledQuery {
  const operation = job.operation === 'queryAll' ? 'queryAll' : 'query';
  const compiled = compileBulkQuery(org, { soql, operation, userId: job.userId }, now);
  if (compiled.object.name.toLowerCase() !== job.object.toLowerCase())
    throw new ApiError(400, 'InvalidBatch', MESSAGES.wrongObjectInBatch(compiled.object.name, job.object));
  return compiled;
}

export const batchHeader = (compiled: CompiledQuery): string =>
  headerLine(compiled, { columnDelimiter: 'COMMA', lineEnding: 'LF' });

const instants = (sql: string): string => `(extract(epoch FROM ${sql}) * 1000)::bigint`;

/** JSON shows instants, unlike REST, as milliseconds since 1970; days, which nobody has reported, alike. */
const jsonColumn = (column: Column): Column =>
  column.type === 'datetime' || column.type === 'date' ? { ...column, type: 'int', sql: instants(column.sql) } : column;

/** XML knows texts only. */
const textColumn = (column: Column): Column => ({ ...column, type: 'string', sql: csvText(column.type, column.sql) });

/** Characters that no JSON text holds, so that COPY writes it as it is, a record to a line. */
const [UNUSED_QUOTE, UNUSED_DELIMITER] = ['\u0001', '\u0002'];

/** Returns the COPY that writes the records: as CSV, else as one JSON text a line. */
export function batchCopySql(compiled: CompiledQuery, contentType: ContentType, version: string): string {
  if (contentType === 'CSV') return copySql(compiled, 'COMMA');
  const columns = compiled.columns.map(contentType === 'JSON' ? jsonColumn : textColumn);
  const order = compiled.orderBy.length === 0 ? '' : ` ORDER BY ${compiled.orderBy.join(', ')}`;
  return `COPY (SELECT ${recordJsonSql({ ...compiled, columns }, version)} FROM ${compiled.from} WHERE ${compiled.where}${order}${compiled.window})
    TO STDOUT (FORMAT csv, QUOTE ${literal(UNUSED_QUOTE)}, DELIMITER ${literal(UNUSED_DELIMITER)}, ENCODING 'UTF8')`;
}
