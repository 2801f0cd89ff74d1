import type { FastifyRequest } from 'fastify';
import { asyncError } from '../error-strings.ts';
import { parseXml } from '../xml/xml-element.ts';
import { replyFormat } from './async-reply.ts';

/** Facts about a job as a client gives them, in XML or JSON: texts, or numbers where JSON counts the values of a list. */
export type JobBody = Readonly<Record<string, string | number | undefined>>;

const isJobValue = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

function ofJson(text: string): JobBody {
  const body: unknown = JSON.parse(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw asyncError('unreadableJob');
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string | number] => isJobValue(entry[1])),
  );
}

function ofXml(text: string): JobBody {
  const root = parseXml(text);
  if (root.name !== 'jobInfo') throw asyncError('unreadableJob');
  return Object.fromEntries(root.children.map((child) => [child.name, child.text.trim()]));
}

/** Reads what the body of a request says about a job. @throws ApiError InvalidJob, InvalidXML */
export function jobBody(request: FastifyRequest): JobBody {
  const text = typeof request.body === 'string' ? request.body : '';
  if (replyFormat(request) === 'XML') return ofXml(text);
  try {
    return ofJson(text);
  } catch {
    throw asyncError('unreadableJob');
  }
}

/** Returns the value that a body chooses from a list, by its name or, as JSON clients may, by its place. @throws ApiError InvalidJob */
export function chosen<Value extends string>(
  values: readonly Value[],
  given: string | number | undefined,
): Value | undefined {
  if (given === undefined || given === '') return undefined;
  const value = typeof given === 'number' ? values[given] : values.find((one) => one === given);
  if (value === undefined) throw asyncError('unreadableJob');
  return value;
}
