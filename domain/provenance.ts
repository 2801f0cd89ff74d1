/** Who applied something, and which commit it comes from. What is not known is null. */
export interface Provenance {
  /** Account that ran the command. */
  readonly appliedBy: string;
  readonly commit: string | null;
  /** `Jane Doe <jane@example.com>`, of the commit. */
  readonly author: string | null;
  /** The files had changes that are in no commit. */
  readonly isDirty: boolean | null;
  /** The revision that was brought back; null when it came from files. */
  readonly rolledBackTo: number | null;
}

/** Where a connection and its jobs are declared. */
export interface DeclaredIn {
  /** Address of the repository's origin, without a way to log in; null outside of one. */
  readonly repository: string | null;
  /** Relative to the root of the repository, else absolute; with `/`. */
  readonly files: readonly string[];
}

/** What a command was given to read: files, and folders with all that is below them. */
export interface Territory {
  readonly repository: string | null;
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/**
 * Whether files of this place would still declare what was declared there: only then is something that they do not declare gone.
 * A folder that lies elsewhere, or a single other file, says nothing about it.
 */
export function covers({ repository, files, folders }: Territory, declaredIn: DeclaredIn): boolean {
  if (repository !== declaredIn.repository) return false;
  const isCovered = (file: string): boolean =>
    files.includes(file) || folders.some((folder) => folder === '' || file.startsWith(`${folder}/`));
  return declaredIn.files.every(isCovered);
}
