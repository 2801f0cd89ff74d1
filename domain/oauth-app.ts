/** The app that somebody authorizes, with its references resolved. Lives in memory only; never logged, never in event history. */
export interface OAuthApp {
  /** Origin, without a trailing slash. */
  readonly loginUrl: string;
  readonly clientId: string;
  /** Absent for a public client, which proves itself by PKCE alone. */
  readonly clientSecret?: string;
}

/** What Salesforce's token endpoint gave us, checked: signature, hosts, ids. */
export interface TokenReply {
  readonly accessToken: string;
  /** Absent when a refresh did not rotate it. */
  readonly refreshToken?: string;
  /** Origin for API calls; may change at any refresh (org migration). */
  readonly instanceUrl: string;
  readonly identityUrl: string;
  /** 18 characters, from the identity URL. */
  readonly orgId: string;
  /** 18 characters, from the identity URL. */
  readonly userId: string;
  readonly scopes: readonly string[];
}

/** Who a token belongs to, from the identity endpoint. */
export interface Identity {
  readonly orgId: string;
  readonly userId: string;
  readonly username: string;
  readonly userName: string;
}

/** A grant that Salesforce has confirmed: ready to be stored, or refused. */
export interface ConfirmedGrant {
  readonly tokens: TokenReply & { readonly refreshToken: string };
  readonly identity: Identity;
  readonly orgName?: string;
  readonly clientId: string;
}
