import sax from 'sax';
import { ApiError } from '../api-error.ts';

/** One element of a document, without its namespaces: prefixes differ from client to client. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Text right inside the element. */
  readonly text: string;
}

interface Growing {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Growing[];
  text: string;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** Returns the root element of a document. @throws ApiError INVALID_XML */
export function parseXml(document: string): XmlElement {
  const open: Growing[] = [{ name: '', attributes: {}, children: [], text: '' }];
  const reader = sax.parser(true);
  reader.onopentag = ({ name, attributes }) => {
    const element: Growing = { name: localName(name), attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  };
  reader.onclosetag = () => void open.pop();
  const addText = (text: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  reader.ontext = addText;
  reader.oncdata = addText;
  reader.onerror = (error) => {
    throw new ApiError(400, 'INVALID_XML', error.message.split('\n')[0] ?? 'The document is no XML.');
  };
  reader.write(document).close();
  const root = open[0]?.children[0];
  if (root === undefined) throw new ApiError(400, 'INVALID_XML', 'The document has no element.');
  return root;
}

export const childNamed = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => child.name === name);

export const textOf = (element: XmlElement | undefined, name: string): string | undefined =>
  childNamed(element, name)?.text.trim();

/** Escapes text for the inside of an element; control characters that XML 1.0 has no place for are left out. */
const xmlText = (text: string): string =>
  text
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#xD;');

/** Returns an element with a text in it. */
export const xmlTag = (name: string, value: string | number | boolean): string =>
  `<${name}>${xmlText(String(value))}</${name}>`;
