/** What a client's process is told, as JSON in the environment variable `CLIENT_SETUP`. */
export interface ClientSetup {
  /** Origin of the emulator. */
  readonly url: string;
  /** Where the storage of the org answers; see truth-server.ts. */
  readonly truthUrl: string;
  /** Accounts that scenarios marked large read, at least. */
  readonly rows: number;
  /** Rows of a page of Bulk results: a third of the accounts. */
  readonly pageRows: number;
  readonly org: { readonly id: string; readonly name: string; readonly schema: string };
  readonly user: {
    readonly id: string;
    readonly username: string;
    readonly password: string;
    readonly securityToken: string;
  };
  /** Somebody of the sandbox. */
  readonly sandboxUser: { readonly username: string; readonly password: string; readonly securityToken: string };
  readonly app: { readonly clientId: string; readonly clientSecret: string; readonly redirectUri: string };
  /** Refresh tokens of this one are good for one refresh. */
  readonly rotatingApp: { readonly clientId: string; readonly clientSecret: string; readonly redirectUri: string };
  /** PEM of the key that signs assertions for both. */
  readonly privateKey: string;
}
