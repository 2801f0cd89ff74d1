/** Where Salesforce sends the browser back to. Must be registered in the app exactly like this. */
export const redirectUriOf = (baseUrl: string): string => `${baseUrl}/oauth/callback`;

/** The address that `mooring authorize` prints. */
export const authorizeUrlOf = (baseUrl: string, connection: string, ticket: string): string =>
  `${baseUrl}/connections/${connection}/authorize?ticket=${ticket}`;

/** The canvas URL of the connection's widget, as registered in its Canvas app. */
export const widgetUrlOf = (baseUrl: string, connection: string): string =>
  `${baseUrl}/connections/${connection}/widget`;
