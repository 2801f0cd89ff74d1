import { Transform, type TransformCallback } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { xmlTag } from '../xml/xml-element.ts';
import { xmlDocument } from './async-reply.ts';

/** A stored record: its texts by field, its parents by relationship. */
interface StoredRecord {
  readonly attributes: { readonly type: string; readonly url: string };
  readonly [name: string]: string | null | StoredRecord | StoredRecord['attributes'];
}

const NIL = 'xsi:nil="true"';

const memberXml = (name: string, value: StoredRecord[string]): string => {
  if (value === null) return `<${name} ${NIL}/>`;
  if (typeof value === 'string') return xmlTag(name, value);
  return `<${name} xsi:type="sObject">${recordXml(value as StoredRecord)}</${name}>`;
};

/** An id comes twice, as what every record has and as a field. */
function recordXml(record: StoredRecord): string {
  const { type, url } = record.attributes;
  const id = url.slice(url.lastIndexOf('/') + 1);
  const fields = Object.entries(record).filter(([name]) => name !== 'attributes');
  return `${xmlTag('type', type)}${xmlTag('Id', id)}${fields.map(([name, value]) => memberXml(name, value)).join('')}`;
}

interface LineFormat {
  readonly before: string;
  readonly line: (text: string) => string;
  readonly between: string;
  readonly after: string;
}

const [BEFORE_XML = '', AFTER_XML = ''] = xmlDocument(
  'queryResult',
  '\n',
  ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
).split('\n');

const FORMATS: Readonly<Record<'JSON' | 'XML', LineFormat>> = {
  JSON: { before: '[', line: (text) => text, between: ',', after: ']' },
  XML: {
    before: BEFORE_XML,
    line: (text) => `<records xsi:type="sObject">${recordXml(JSON.parse(text) as StoredRecord)}</records>`,
    between: '',
    after: AFTER_XML,
  },
};

/** Makes a document of records that come as JSON, a record to a line; holds one chunk at a time. */
export function documentOfLines(contentType: 'JSON' | 'XML'): Transform {
  const { before, line, between, after } = FORMATS[contentType];
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let opening = before;
  const write = (text: string): string => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length === 0) return '';
    const written = opening + lines.map(line).join(between);
    opening = between;
    return written;
  };
  return new Transform({
    transform: (chunk: Buffer, _encoding, done: TransformCallback) => {
      done(null, write(decoder.write(chunk)));
    },
    flush: (done) => {
      done(null, (opening === before ? before : '') + after);
    },
  });
}
