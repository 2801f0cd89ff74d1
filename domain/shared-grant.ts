/** Salesforce keeps this many grants of one user for one app; the next one silently ends the oldest. */
const GRANTS_PER_USER_AND_APP = 5;

/** Returns what to tell about a connection whose user, org and app other connections use too. */
export function sharedGrantWarning(others: readonly string[]): string {
  const names = others.map((name) => `"${name}"`).join(', ');
  const who = others.length === 1 ? `Connection ${names} uses` : `Connections ${names} use`;
  return `${who} the same user of the same org through the same app. Salesforce keeps ${GRANTS_PER_USER_AND_APP} grants for one user and app and ends the oldest without a word: give each connection a user or an app of its own.`;
}
