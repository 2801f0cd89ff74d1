/** Where Salesforce sends the browser back to. Must be registered in the app exactly like this. */
export const redirectUriOf = (baseUrl: string): string => `${baseUrl}/oauth/callback`;

/** The address that `mooring authorize` prints. */
export const authorizeUrlOf = (baseUrl: string, connection: string, ticket: string): string =>
  `${baseUrl}/connections/${connection}/authorize?ticket=${ticket}`;
