/** What an emulated org is asked to be; everything but `name` and `apps` has a default. */
export interface OrgOptions {
  /** Lower case letters, digits and `-`; the storage schema is `org_<name>` with `_` for `-`. */
  readonly name: string;
  /** Two orgs with the same name, seed and sizes hold the same rows. Default 1. */
  readonly seed?: number;
  readonly sizes?: Partial<OrgSizes>;
  /** Default true: the `JBCXM__` custom objects exist. */
  readonly withRelationshipObjects?: boolean;
  /** Default false; true adds `CurrencyIsoCode` to records and `DefaultCurrencyIsoCode` to User. */
  readonly multiCurrency?: boolean;
  /** Default false; true adds `MiddleName` to User and Contact. */
  readonly middleName?: boolean;
  /** Default false; true makes one account in twenty a person, with a contact of its own, and adds the fields for it. */
  readonly personAccounts?: boolean;
  /** Default true: plants rows that exist in real orgs and that a careful consumer refuses. */
  readonly plantedBadRows?: boolean;
  /** Newest generated stamp, ISO 8601. Default 2026-06-01T00:00:00.000Z; rows reach back two years from it. */
  readonly dataUntil?: string;
  readonly apps: readonly AppOptions[];
  /** People who can log in; default `admin@<name>.example` with password `emulator`. */
  readonly users?: readonly LoginOptions[];
  /** Sliding life of an access token on the org's clock. Default 2 hours. */
  readonly sessionTimeoutMs?: number;
  /** Calls per 24 hours. Default 100,000. */
  readonly dailyApiLimit?: number;
  /** Default false; true makes it a sandbox, whose people log in at test.salesforce.com. */
  readonly isSandbox?: boolean;
  /** Default false; true refuses logins that send a username and password to the token endpoint. */
  readonly passwordFlowBlocked?: boolean;
}

export interface OrgSizes {
  readonly users: number;
  readonly accounts: number;
  readonly contacts: number;
  readonly relationshipTypes: number;
  readonly relationships: number;
  readonly opportunities: number;
  readonly cases: number;
  readonly leads: number;
  readonly tasks: number;
  readonly events: number;
}

export interface AppOptions {
  readonly clientId: string;
  /** Absent: a public client, which proves itself by PKCE alone. */
  readonly clientSecret?: string;
  readonly redirectUris: readonly string[];
  /** Default: true for a public client, else false. */
  readonly pkceRequired?: boolean;
  /** Default false; true hands out a new refresh token at each refresh and kills the grant when an old one returns. */
  readonly rotation?: boolean;
  /** Scopes the app may ask for; default all that the emulator knows. */
  readonly scopes?: readonly string[];
  /** Username of the user that client_credentials runs as; absent: that flow is refused. */
  readonly clientCredentialsUser?: string;
  /** Certificate or public key (PEM) against which JWT bearer assertions are verified; absent: that flow is refused. */
  readonly certificate?: string;
  /** Default false: users let the app in themselves. True: an administrator has done it for everybody, which JWT bearer needs. */
  readonly preAuthorized?: boolean;
  /** Makes it a Canvas app too: where Account pages post their signed request. Needs a `clientSecret`. */
  readonly canvasUrl?: string;
}

export interface LoginOptions {
  readonly username: string;
  readonly password: string;
  /** What API clients append to the password; they may leave it out here, as from a trusted network. */
  readonly securityToken?: string;
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
}

export interface BulkOptions {
  /** Rows of a result page when the client names no `maxRecords`. Default 50,000. */
  readonly pageRows: number;
  /** Rows per gzip member of a stored result. Default 2,000. */
  readonly memberRows: number;
  /** Time a job stands in `UploadComplete` before work begins. Default 0. */
  readonly processingDelayMs: number;
}

export interface EmulatorOptions {
  /** A PostgreSQL database that the emulator may fill: schema `emulator` and one schema per org. */
  readonly databaseUrl: string;
  /** Folder for Bulk results, which go into `bulk-results` below it; made when absent. */
  readonly dataDir: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Origin written into tokens and links, where it differs from `http://host:port`. */
  readonly publicUrl?: string;
  readonly orgs: readonly OrgOptions[];
  readonly bulk?: Partial<BulkOptions>;
  /** Rows of a REST query page when the client asks for no other size, 200 to 2,000. Default 2,000. */
  readonly pageRows?: number;
  /** Default false: orgs that exist in the database keep their rows, grants and jobs. */
  readonly reset?: boolean;
  /** Told of every error that the emulator did not foresee and answered with a 500. */
  readonly onUnexpected?: (error: unknown) => void;
}

export interface EmulatedOrg {
  /** 18 characters. */
  readonly id: string;
  readonly name: string;
  readonly loginUrl: string;
  readonly instanceUrl: string;
  /** PostgreSQL schema that holds the org's tables. */
  readonly schema: string;
  readonly users: readonly { readonly username: string; readonly password: string; readonly id: string }[];
  readonly apps: readonly AppOptions[];
}

export interface Emulator {
  readonly url: string;
  /** Where somebody with a browser begins. */
  readonly homeUrl: string;
  readonly orgs: readonly EmulatedOrg[];
  /** Lets an app return to one more address; the same as `POST /__emulator/apps`. Safe to repeat. */
  readonly addRedirectUri: (clientId: string, redirectUri: string) => Promise<void>;
  /** Puts an app onto the Account pages of its orgs; the same as `POST /__emulator/apps`. Safe to repeat. */
  readonly setCanvasUrl: (clientId: string, canvasUrl: string) => Promise<void>;
  /** Ends the server, waits for running Bulk jobs to let go, closes the database pool. Safe to repeat. */
  readonly stop: () => Promise<void>;
}

/** Sizes of an org that says nothing about them: enough for two REST pages of accounts, small enough for a test. */
export const DEFAULT_SIZES: OrgSizes = {
  users: 50,
  accounts: 3000,
  contacts: 5000,
  relationshipTypes: 8,
  relationships: 1500,
  opportunities: 1000,
  cases: 500,
  leads: 200,
  tasks: 600,
  events: 200,
};
