import { csvLine } from '../bulk/parse-csv.ts';
import { errorText, type SaveError, type SaveResult } from '../records/save-result.ts';
import { xmlTag } from '../xml/xml-element.ts';
import { xmlDocument } from './async-reply.ts';
import type { ContentType } from './async-job.ts';

const errorXml = ({ fields, message, statusCode }: SaveError): string =>
  `<errors>${fields.map((field) => xmlTag('fields', field)).join('')}${xmlTag('message', message)}${xmlTag('statusCode', statusCode)}</errors>`;

const resultXml = ({ id, success, created = false, errors }: SaveResult): string =>
  `<result>${errors.map(errorXml).join('')}${id === undefined ? '' : xmlTag('id', id)}${xmlTag('success', success)}${xmlTag('created', created)}</result>`;

const resultJson = ({ id, success, created = false, errors }: SaveResult): object => ({
  success,
  created,
  id: id ?? null,
  errors: errors.map((error) => ({ ...error, extendedErrorDetails: null })),
});

const resultCsv = (result: SaveResult): string =>
  csvLine([result.id ?? '', String(result.success), String(result.created ?? false), errorText(result)], ',', '\n');

/** Writes what became of each record of a batch, in the order in which the records came. */
export function changeResults(contentType: ContentType, results: readonly SaveResult[]): string {
  switch (contentType) {
    case 'CSV':
      return [csvLine(['Id', 'Success', 'Created', 'Error'], ',', '\n'), ...results.map(resultCsv)].join('');
    case 'JSON':
      return JSON.stringify(results.map(resultJson));
    case 'XML':
      return xmlDocument('results', results.map(resultXml).join(''));
  }
}
