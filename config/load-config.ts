import type { ConnectionSpec } from '../domain/connection-spec.ts';
import { checkRules } from './check-rules.ts';
import { checkSchema, type CheckedDocument } from './check-schema.ts';
import { inReadingOrder, isError, type Diagnostic } from './diagnostic.ts';
import { diskFiles, findFiles, type ConfigFiles, type FoundText } from './find-files.ts';
import { normalize } from './normalize.ts';
import { parseDocuments } from './parse-documents.ts';

export interface LoadedConfig {
  /** Sorted by name; empty when there is any error, so that nothing is applied by halves. */
  readonly connections: readonly ConnectionSpec[];
  /** All problems of all files, in reading order. Warnings alone do not prevent anything. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Loads the configuration that stands in files and folders, checked and complete: the catalog merged in, every default filled.
 * Collects problems and throws nothing, whatever the files hold.
 *
 * @param paths - files, or folders of `*.yaml` and `*.yml`; hidden ones and `node_modules` are ignored
 */
export async function loadConfig(paths: readonly string[], files: ConfigFiles = diskFiles): Promise<LoadedConfig> {
  const found = await findFiles(paths, files);
  const loaded = loadTexts(found.texts);
  const diagnostics = [...found.diagnostics, ...loaded.diagnostics].sort(inReadingOrder);
  return { connections: diagnostics.some(isError) ? [] : loaded.connections, diagnostics };
}

/** The part of {@link loadConfig} that knows no file system: texts in, connections and problems out. */
export function loadTexts(texts: readonly FoundText[]): LoadedConfig {
  const parsed = texts.map(({ file, text }) => parseDocuments(file, text));
  const checks = parsed.flatMap(({ documents }) => documents).map(checkSchema);
  const checked = checks.flatMap((check) => check.checked ?? []);
  const isWhole =
    parsed.every((file) => file.diagnostics.length === 0) &&
    checks.every(({ checked: found }) => found !== undefined && isNamed(found));
  const { draft, diagnostics: mergeProblems } = normalize(checked);
  const diagnostics = [
    ...parsed.flatMap((file) => file.diagnostics),
    ...checks.flatMap((check) => check.diagnostics),
    ...mergeProblems,
    // A document that could not be read may hold the very connection that another one seems to miss.
    ...checkRules(draft, { isWhole }),
  ].sort(inReadingOrder);
  if (diagnostics.some(isError)) return { connections: [], diagnostics };
  const connections = draft.connections
    .map(({ spec }) => spec)
    .sort((first, second) => (first.name < second.name ? -1 : 1));
  return { connections, diagnostics };
}

/** Whether a document still has the names by which others refer to it. */
const isNamed = ({ kind, written }: CheckedDocument): boolean =>
  written.connection !== undefined &&
  (kind === 'connection' || (written.job !== undefined && written.target?.table !== undefined));
