import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OAuthError } from '../api-error.ts';
import type { EmulatorContext } from '../context.ts';
import { SOAP_FAULTS } from '../error-strings.ts';
import { openSession } from '../oauth/grants.ts';
import { roleOfHost } from '../oauth/login-host.ts';
import { assertUsable } from '../oauth/token-flows.ts';
import { logIn } from '../oauth/people.ts';
import { readUser, type UserRow } from '../oauth/user-row.ts';
import { normalizeId } from '../salesforce-id.ts';
import { childNamed, parseXml, textOf, xmlTag, type XmlElement } from '../xml/xml-element.ts';

const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';

const envelope = (kind: string, body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${ENVELOPE}" xmlns="urn:${kind}.soap.sforce.com" xmlns:sf="urn:fault.${kind}.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;

const userInfo = (user: UserRow, orgId: string, orgName: string): string =>
  `<userInfo>${[
    xmlTag('organizationId', orgId),
    xmlTag('organizationMultiCurrency', false),
    xmlTag('organizationName', orgName),
    xmlTag('profileId', user.ProfileId),
    xmlTag('sessionSecondsValid', 7200),
    xmlTag('userEmail', user.Email),
    xmlTag('userFullName', user.Name),
    xmlTag('userId', user.Id),
    xmlTag('userLanguage', user.LanguageLocaleKey),
    xmlTag('userLocale', user.LocaleSidKey),
    xmlTag('userName', user.Username),
    xmlTag('userTimeZone', user.TimeZoneSidKey),
    xmlTag('userType', user.UserType),
  ].join('')}</userInfo>`;

/** The partner and enterprise endpoints as far as clients log in and out by them; every other call is refused. */
export function soapRoutes(server: FastifyInstance, context: EmulatorContext): void {
  const { pool, orgs } = context;
  for (const type of ['text/xml', 'application/soap+xml', 'application/xml']) {
    server.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  }

  const fault = (reply: FastifyReply, kind: string, [code, message]: readonly [string, string]): FastifyReply =>
    reply
      .status(500)
      .send(
        envelope(
          kind,
          `<soapenv:Fault><faultcode>sf:${code}</faultcode><faultstring>${code}: ${message}</faultstring><detail><sf:LoginFault xsi:type="sf:LoginFault">${xmlTag('sf:exceptionCode', code)}${xmlTag('sf:exceptionMessage', message)}</sf:LoginFault></detail></soapenv:Fault>`,
        ),
      );

  const login = async (
    host: string,
    call: XmlElement,
    headers: XmlElement | undefined,
  ): Promise<string | undefined> => {
    const [username, password] = [textOf(call, 'username') ?? '', textOf(call, 'password') ?? ''];
    const person = await logIn(pool, orgs, { username, password, host: roleOfHost(host) });
    const wanted = textOf(childNamed(headers, 'LoginScopeHeader'), 'organizationId');
    if (person === undefined || (wanted !== undefined && normalizeId(wanted) !== person.org.id)) return undefined;
    const owner = { clientId: 'SOAP', org: person.org, userId: person.userId, scope: 'full' };
    await assertUsable(context, owner);
    const user = await readUser(pool, person.org, person.userId);
    if (user === undefined) return undefined;
    const { accessToken } = await openSession(pool, owner, null);
    const { org } = person;
    const server = `${context.url()}/services/Soap/u/62.0/${org.id.slice(0, 15)}`;
    return `<loginResponse><result>${xmlTag('metadataServerUrl', server.replace('/u/', '/m/'))}${xmlTag('passwordExpired', false)}${xmlTag('sandbox', org.isSandbox)}${xmlTag('serverUrl', server)}${xmlTag('sessionId', accessToken)}${xmlTag('userId', user.Id)}${userInfo(user, org.id, org.name)}</result></loginResponse>`;
  };

  server.post('/services/Soap/:kind/:version', handle);
  server.post('/services/Soap/:kind/:version/:org', handle);

  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const kind = (request.params as { kind: string }).kind === 'c' ? 'enterprise' : 'partner';
    reply.type('text/xml;charset=UTF-8');
    const document = parseXml(typeof request.body === 'string' ? request.body : '');
    const headers = childNamed(document, 'Header');
    const call = childNamed(document, 'Body')?.children[0];
    try {
      if (call?.name === 'login') {
        const answer = await login(request.headers.host ?? '', call, headers);
        if (answer === undefined) return await fault(reply, kind, SOAP_FAULTS.invalidLogin);
        return await reply.send(envelope(kind, answer));
      }
      const session = textOf(childNamed(headers, 'SessionHeader'), 'sessionId') ?? '';
      if (call?.name === 'logout') {
        await pool.query('UPDATE emulator.session SET revoked_at = now() WHERE access_token = $1', [session]);
        return await reply.send(envelope(kind, '<logoutResponse/>'));
      }
      return await fault(reply, kind, SOAP_FAULTS.unsupported(call?.name ?? ''));
    } catch (error) {
      if (error instanceof OAuthError) return fault(reply, kind, SOAP_FAULTS.invalidLogin);
      throw error;
    }
  }
}
