import type { FastifyReply, FastifyRequest } from 'fastify';
import { xmlTag } from '../xml/xml-element.ts';
import { restDate } from '../bulk/job.ts';
import type { ContentType } from './async-job.ts';

const NAMESPACE = 'http://www.force.com/2009/06/asyncapi/dataload';
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';

/** Media types by what a job calls them. Clients compare them letter by letter, so they come without a charset. */
export const MEDIA_TYPES: Readonly<Record<ContentType, string>> = {
  CSV: 'text/csv',
  XML: 'application/xml',
  JSON: 'application/json',
};

/** Facts about a job or a batch, in the order in which they are shown; a number as text is written as it is. */
export type Facts = Readonly<Record<string, string | number | boolean | Date | null | { readonly decimal: string }>>;

/** Returns the format of replies about jobs and batches: that of the request, else that of the job; XML where the two are CSV. */
export function replyFormat(request: FastifyRequest, contentType?: ContentType): 'XML' | 'JSON' {
  const given = request.headers['content-type'];
  if (given === undefined) return contentType === 'JSON' ? 'JSON' : 'XML';
  return given.toLowerCase().startsWith(MEDIA_TYPES.JSON) ? 'JSON' : 'XML';
}

/** Sends bytes: Fastify would add a charset to a text. */
export const sendAs = (reply: FastifyReply, contentType: ContentType, text: string): FastifyReply =>
  reply.header('Content-Type', MEDIA_TYPES[contentType]).send(Buffer.from(text));

export const xmlDocument = (root: string, content: string, attributes = ''): string =>
  `${DECLARATION}<${root} xmlns="${NAMESPACE}"${attributes}>${content}</${root}>`;

/** XML leaves out what has no value. */
const factsXml = (facts: Facts): string =>
  Object.entries(facts)
    .map(([name, value]) => {
      if (value === null) return '';
      if (value instanceof Date) return xmlTag(name, value.toISOString());
      return xmlTag(name, typeof value === 'object' ? value.decimal : value);
    })
    .join('');

/** JSON shows null, writes dates with an offset, and goes by the alphabet. */
const factsJson = (facts: Facts): string => {
  const members = Object.entries(facts)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => {
      if (value instanceof Date) return `${JSON.stringify(name)}:${JSON.stringify(restDate(value))}`;
      const text = typeof value === 'object' && value !== null ? value.decimal : JSON.stringify(value);
      return `${JSON.stringify(name)}:${text}`;
    });
  return `{${members.join(',')}}`;
};

/** Sends the facts about one thing. */
export function sendFacts(
  reply: FastifyReply,
  format: 'XML' | 'JSON',
  { root, facts }: { readonly root: string; readonly facts: Facts },
): FastifyReply {
  return sendAs(reply, format, format === 'JSON' ? factsJson(facts) : xmlDocument(root, factsXml(facts)));
}

/** Sends the facts about several things of a kind. */
export function sendFactsList(
  reply: FastifyReply,
  format: 'XML' | 'JSON',
  { root, item, all }: { readonly root: string; readonly item: string; readonly all: readonly Facts[] },
): FastifyReply {
  if (format === 'JSON') return sendAs(reply, format, `{${JSON.stringify(item)}:[${all.map(factsJson).join(',')}]}`);
  return sendAs(reply, format, xmlDocument(root, all.map((facts) => `<${item}>${factsXml(facts)}</${item}>`).join('')));
}
