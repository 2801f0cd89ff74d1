import type { Pool } from 'pg';
import { identifier } from '../data/sql.ts';
import { openSession } from '../oauth/grants.ts';
import { orgNow, type Person } from '../oauth/people.ts';
import type { CanvasApp } from './apps.ts';
import { issuedAtOf } from './signed-request.ts';

/** API version that the org's own links name. */
const API_VERSION = '62.0';

interface UserRow {
  readonly Username: string;
  readonly FirstName: string | null;
  readonly LastName: string;
  readonly Name: string;
  readonly Email: string;
  readonly LocaleSidKey: string;
  readonly LanguageLocaleKey: string;
  readonly TimeZoneSidKey: string;
  readonly ProfileId: string;
  readonly UserType: string;
}

export interface CanvasPlace {
  readonly pool: Pool;
  /** Origin of the org. */
  readonly origin: string;
  readonly app: CanvasApp;
  /** Who looks at the page. */
  readonly person: Person;
  /** The record whose page it is. */
  readonly record: { readonly type: string; readonly id: string };
}

const linksOf = (origin: string, person: Person): object => ({
  enterpriseUrl: `${origin}/services/Soap/c/${API_VERSION}/${person.org.id.slice(0, 15)}`,
  metadataUrl: `${origin}/services/Soap/m/${API_VERSION}/${person.org.id.slice(0, 15)}`,
  partnerUrl: `${origin}/services/Soap/u/${API_VERSION}/${person.org.id.slice(0, 15)}`,
  restUrl: `/services/data/v${API_VERSION}/`,
  sobjectUrl: `/services/data/v${API_VERSION}/sobjects/`,
  searchUrl: `/services/data/v${API_VERSION}/search/`,
  queryUrl: `/services/data/v${API_VERSION}/query/`,
  recentItemsUrl: `/services/data/v${API_VERSION}/recent/`,
  userUrl: `/${person.userId}`,
  loginUrl: origin,
});

/**
 * Returns the envelope that tells a Canvas app who looks at which record: with a live access token of that user, as a real one has.
 *
 * Issued on the org's clock.
 */
export async function canvasEnvelope({ pool, origin, app, person, record }: CanvasPlace): Promise<object> {
  const { org, userId } = person;
  const { rows } = await pool.query<UserRow & { orgName: string }>(
    `SELECT u.*, (SELECT "Name" FROM ${identifier(org.schema)}."Organization" LIMIT 1) AS "orgName"
     FROM ${identifier(org.schema)}."User" u WHERE u."Id" = $1`,
    [userId],
  );
  const [user] = rows;
  if (user === undefined) throw new Error(`Org "${org.name}" has no user "${userId}".`);
  const { accessToken } = await openSession(
    pool,
    { clientId: app.clientId, org, userId, scope: app.scopes.join(' ') },
    null,
  );
  return {
    algorithm: 'HMACSHA256',
    issuedAt: issuedAtOf(await orgNow(pool, org)),
    userId,
    client: {
      refreshToken: null,
      instanceId: `_:${app.clientId}:1:0:canvasapp`,
      targetOrigin: origin,
      instanceUrl: origin,
      oauthToken: accessToken,
    },
    context: {
      user: {
        userId,
        userName: user.Username,
        firstName: user.FirstName,
        lastName: user.LastName,
        email: user.Email,
        fullName: user.Name,
        locale: user.LocaleSidKey,
        language: user.LanguageLocaleKey,
        timeZone: user.TimeZoneSidKey,
        profileId: user.ProfileId.slice(0, 15),
        roleId: null,
        userType: user.UserType.toUpperCase(),
        currencyISOCode: 'USD',
        profilePhotoUrl: `${origin}/profilephoto/005/F`,
        profileThumbnailUrl: `${origin}/profilephoto/005/T`,
        siteUrl: null,
        siteUrlPrefix: null,
        networkId: null,
        accessibilityModeEnabled: false,
        isDefaultNetwork: true,
      },
      links: linksOf(origin, person),
      application: {
        name: app.clientId,
        canvasUrl: app.canvasUrl,
        applicationId: '06P000000000001',
        version: '1.0',
        authType: 'SIGNED_REQUEST',
        referenceId: '09H000000000001',
        options: [],
        samlInitiationMethod: 'None',
        namespace: '',
        isInstalledPersonalApp: false,
        developerName: app.clientId.replaceAll(/\W/g, '_'),
      },
      organization: {
        organizationId: org.id,
        name: user.orgName,
        multicurrencyEnabled: false,
        namespacePrefix: null,
        currencyIsoCode: 'USD',
      },
      environment: {
        referer: null,
        locationUrl: `${origin}/accounts/${record.id}`,
        displayLocation: 'PageLayout',
        sublocation: null,
        uiTheme: 'Theme4d',
        dimensions: { width: '100%', height: '544px', maxWidth: '1000px', maxHeight: '2000px' },
        parameters: {},
        record: {
          attributes: { type: record.type, url: `/services/data/v${API_VERSION}/sobjects/${record.type}/${record.id}` },
          Id: record.id,
        },
        version: { season: 'WINTER', api: API_VERSION },
      },
    },
  };
}
