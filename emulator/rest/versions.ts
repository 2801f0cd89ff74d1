/** API versions and the season each came with; the oldest that still answers is 31.0. */
const OLDEST = 31;
const LATEST = 68;

/** Winter '11 was version 20.0; three releases a year since. */
function label(version: number): string {
  const season = ['Winter', 'Spring', 'Summer'][(version - 20) % 3] ?? '';
  const year = 11 + Math.floor((version - 20) / 3);
  return `${season} '${String(year)}`;
}

export const allVersions = (): { label: string; url: string; version: string }[] =>
  Array.from({ length: LATEST - OLDEST + 1 }, (_, index) => {
    const version = `${OLDEST + index}.0`;
    return { label: label(OLDEST + index), url: `/services/data/v${version}`, version };
  });

/** What a version path like `v62.0` is: served, retired, or never heard of. */
export function versionState(text: string): 'served' | 'retired' | 'unknown' {
  const match = /^v(\d+)\.0$/.exec(text);
  if (match === null) return 'unknown';
  const version = Number(match[1]);
  if (version < OLDEST) return 'retired';
  return version <= LATEST ? 'served' : 'unknown';
}
