const SUFFIX = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const FIFTEEN = /^[0-9A-Za-z]{15}$/;
const EIGHTEEN = /^[0-9A-Za-z]{15}[A-Z0-5]{3}$/;

/**
 * Returns the 18-character form of a Salesforce id, or `undefined` when `id` is not one.
 *
 * The last three characters are a checksum of the upper-case letters of the first fifteen, five per character, so that two ids
 * that differ only in case stay different where case is ignored. An 18-character id with a wrong checksum is refused.
 */
export function toId18(id: string): string | undefined {
  if (!FIFTEEN.test(id) && !EIGHTEEN.test(id)) return undefined;
  const stem = id.slice(0, 15);
  let suffix = '';
  for (let block = 0; block < 15; block += 5) {
    const bits = [0, 1, 2, 3, 4].filter((index) => /[A-Z]/.test(stem.charAt(block + index)));
    suffix += SUFFIX.charAt(bits.reduce((sum, index) => sum + 2 ** index, 0));
  }
  const full = stem + suffix;
  return id.length === 15 || id === full ? full : undefined;
}

/** Returns the org and the user that an identity URL (`https://…/id/<org>/<user>`) names, both as 18 characters. */
export function parseIdentityUrl(identityUrl: string): { readonly orgId: string; readonly userId: string } | undefined {
  const [, org, user] = /\/id\/([0-9A-Za-z]+)\/([0-9A-Za-z]+)\/?$/.exec(identityUrl) ?? [];
  const orgId = toId18(org ?? '');
  const userId = toId18(user ?? '');
  if (orgId === undefined || userId === undefined) return undefined;
  return orgId.startsWith('00D') && userId.startsWith('005') ? { orgId, userId } : undefined;
}
