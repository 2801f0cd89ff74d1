/** Characters that decide: parts as long as this occur by chance nowhere, and a secret that was cut in half still holds some. */
const PART = 16;

/** The parts of a secret by which it is found. Its beginning is not one: all tokens of an org begin alike. */
function partsOf(secret: string): string[] {
  if (secret.length < PART) throw new Error(`"${secret}" is too short to be told from other text.`);
  const middle = Math.floor((secret.length - PART) / 2);
  return [secret.slice(-PART), secret.slice(middle, middle + PART)];
}

/**
 * Returns a function that finds out which of the secrets stand in a text: in the clear, within something longer, URL-encoded, or cut
 * off. Reads a text once, however many secrets there are.
 */
export function createSecretFinder(secrets: Iterable<string>): (text: string) => string[] {
  const byPart = new Map<string, string>();
  for (const secret of secrets) for (const part of partsOf(secret)) byPart.set(part, secret);
  return (text) => {
    const found = new Set<string>();
    for (let at = 0; at + PART <= text.length; at += 1) {
      const secret = byPart.get(text.slice(at, at + PART));
      if (secret !== undefined) found.add(secret);
    }
    return [...found];
  };
}
