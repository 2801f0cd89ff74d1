import { ApiError } from '../api-error.ts';
import { asyncError, MESSAGES } from '../error-strings.ts';
import { assertBatchFields, bodyOfCsv, type BulkChange } from '../records/bulk-change.ts';
import type { RecordBody } from '../records/record-values.ts';
import { parseCsv } from '../bulk/parse-csv.ts';
import { parseXml, type XmlElement } from '../xml/xml-element.ts';
import type { ContentType } from './async-job.ts';

/** Records of one batch. */
const MOST_RECORDS = 10_000;

interface Records {
  /** Names that the records use, as given. */
  readonly names: readonly string[];
  readonly bodies: readonly RecordBody[];
}

const refuse = (message: string): ApiError => new ApiError(400, 'InvalidBatch', message);

const isNil = ({ attributes }: XmlElement): boolean =>
  Object.entries(attributes).some(([name, value]) => /(^|:)nil$/.test(name) && value === 'true');

/** A field's text, null where it says so; a parent is named by a record with its key. Empty elements change nothing. */
function bodyOfXml(record: XmlElement): RecordBody {
  const members = record.children.flatMap((child): [string, unknown][] => {
    const [parent] = child.children;
    if (parent !== undefined) return [[child.name, bodyOfXml(parent)]];
    if (isNil(child)) return [[child.name, null]];
    return child.text === '' ? [] : [[child.name, child.text]];
  });
  return Object.fromEntries(members);
}

const namesOf = (bodies: readonly RecordBody[]): string[] => [...new Set(bodies.flatMap((body) => Object.keys(body)))];

function bodiesOfJson(text: string): RecordBody[] {
  let records: unknown;
  try {
    records = JSON.parse(text);
  } catch {
    throw refuse('Failed to parse JSON');
  }
  if (!Array.isArray(records) || records.some((record) => typeof record !== 'object' || record === null))
    throw refuse('Failed to parse JSON');
  return records as RecordBody[];
}

function readRecords(contentType: ContentType, text: string): Records {
  if (contentType === 'CSV') {
    const [names = [], ...records] = parseCsv(text, ',');
    return { names, bodies: records.map((values) => bodyOfCsv(names, values)) };
  }
  const bodies =
    contentType === 'JSON'
      ? bodiesOfJson(text)
      : parseXml(text)
          .children.filter((child) => child.name === 'sObject')
          .map(bodyOfXml);
  return { names: namesOf(bodies).filter((name) => name !== 'attributes'), bodies };
}

/** Returns the records of a batch. @throws ApiError InvalidBatch and others, by which the whole batch fails */
export function batchRecords(contentType: ContentType, text: string, change: BulkChange): readonly RecordBody[] {
  const { names, bodies } = readRecords(contentType, text);
  if (bodies.length === 0) throw asyncError('noRecords');
  if (bodies.length > MOST_RECORDS) throw refuse(MESSAGES.tooManyInBatch(MOST_RECORDS));
  assertBatchFields(change, names);
  return bodies;
}
