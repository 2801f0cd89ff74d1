import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { EmulatorContext } from '../context.ts';
import { loginPage } from '../oauth/pages.ts';
import { personOfCookie, type Person } from '../oauth/people.ts';
import { html, type Html } from './html.ts';

/** The cookie of somebody who has logged in. */
export const SESSION_COOKIE = 'sid';

/** Returns who is logged in in this browser and still let in. */
export async function visitorOf({ pool, orgs }: EmulatorContext, request: FastifyRequest): Promise<Person | undefined> {
  const person = await personOfCookie(pool, orgs, request.cookies[SESSION_COOKIE]);
  return person?.isActive === true && !person.isFrozen ? person : undefined;
}

export const sendHtml = (reply: FastifyReply, status: number, body: string): FastifyReply =>
  reply
    .status(status)
    .type('text/html; charset=UTF-8')
    .header('Cache-Control', 'no-cache, no-store')
    .header('Content-Security-Policy', "frame-ancestors 'none'")
    .send(body);

/** The login form, which leads back to where the browser wanted to go. */
export const sendLogin = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  sendHtml(reply, 200, loginPage(request.method === 'GET' ? request.url : '/home'));

/** Known only to pages of this session: a form elsewhere cannot press our buttons, the session cookie being `Lax` as well. */
const formToken = (request: FastifyRequest): string =>
  createHash('sha256')
    .update(`form ${request.cookies[SESSION_COOKIE] ?? ''}`)
    .digest('base64url');

/** The hidden field that every form which changes something carries. */
export const tokenField = (request: FastifyRequest): Html =>
  html`<input type="hidden" name="token" value="${formToken(request)}" />`;

export function hasFormToken(request: FastifyRequest): boolean {
  const { token } = (request.body ?? {}) as Readonly<Record<string, unknown>>;
  const [given, right] = [Buffer.from(typeof token === 'string' ? token : ''), Buffer.from(formToken(request))];
  return given.length === right.length && timingSafeEqual(given, right);
}
