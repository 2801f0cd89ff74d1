import type { ConnectionSpec } from '../domain/connection-spec.ts';
import { checkRules } from './check-rules.ts';
import { checkSchema, type CheckedDocument } from './check-schema.ts';
import { fileProblem, inReadingOrder, isError, type Diagnostic, type Severity } from './diagnostic.ts';
import { connectionProblem, jobProblem, type Draft, type DraftConnection } from './draft.ts';
import { diskFiles, findFiles, type ConfigFiles, type FoundText } from './find-files.ts';
import { normalize } from './normalize.ts';
import { environmentsOf, layerDocuments } from './overlay.ts';
import { parseDocuments } from './parse-documents.ts';
import type { Path } from './source-document.ts';

export interface LoadedConfig {
  /** Sorted by name; empty when there is any error, so that nothing is applied by halves. */
  readonly connections: readonly ConnectionSpec[];
  /** All problems of all files, in reading order. Warnings alone do not prevent anything. */
  readonly diagnostics: readonly Diagnostic[];
  /** Environments that documents of the files are for. */
  readonly environments: readonly string[];
  /** Files that declare a connection and its jobs, by the connection's name. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** Places a problem that was found later, by asking the org, where the configuration says what is wrong. */
  readonly locate: (place: ConfigPlace, message: string, severity?: Severity) => Diagnostic;
}

export interface LoadOptions {
  /** Documents with this `environment` are laid over those without one; those of other environments are left out. */
  readonly environment?: string | undefined;
}

/** A place of the configuration as others know it. */
export interface ConfigPlace {
  readonly connection: string;
  readonly job?: string;
  /** Below the job or the connection: `map.arr`, `source.filter`. */
  readonly path: Path;
}

/**
 * Loads the configuration that stands in files and folders, checked and complete: the catalog merged in, every default filled.
 * Collects problems and throws nothing, whatever the files hold.
 *
 * @param paths - files, or folders of `*.yaml` and `*.yml`; hidden ones and `node_modules` are ignored
 */
export async function loadConfig(
  paths: readonly string[],
  files: ConfigFiles = diskFiles,
  options: LoadOptions = {},
): Promise<LoadedConfig> {
  const found = await findFiles(paths, files);
  const loaded = loadTexts(found.texts, options);
  const diagnostics = [...found.diagnostics, ...loaded.diagnostics].sort(inReadingOrder);
  return { ...loaded, connections: diagnostics.some(isError) ? [] : loaded.connections, diagnostics };
}

/** The part of {@link loadConfig} that knows no file system: texts in, connections and problems out. */
export function loadTexts(texts: readonly FoundText[], { environment }: LoadOptions = {}): LoadedConfig {
  const parsed = texts.map(({ file, text }) => parseDocuments(file, text));
  const written = parsed.flatMap(({ documents }) => documents);
  const layered = layerDocuments(written, environment);
  const checks = layered.documents.map(checkSchema);
  const checked = checks.flatMap((check) => check.checked ?? []);
  const isWhole =
    parsed.every((file) => file.diagnostics.length === 0) &&
    checks.every(({ checked: found }) => found !== undefined && isNamed(found));
  const { draft, diagnostics: mergeProblems } = normalize(checked);
  const diagnostics = [
    ...parsed.flatMap((file) => file.diagnostics),
    ...layered.diagnostics,
    ...checks.flatMap((check) => check.diagnostics),
    ...mergeProblems,
    // A document that could not be read may hold the very connection that another one seems to miss.
    ...checkRules(draft, { isWhole }),
  ].sort(inReadingOrder);
  const connections = draft.connections
    .map(({ spec }) => spec)
    .sort((first, second) => (first.name < second.name ? -1 : 1));
  return {
    connections: diagnostics.some(isError) ? [] : connections,
    diagnostics,
    environments: environmentsOf(written),
    files: new Map(draft.connections.map((connection) => [connection.spec.name, filesOf(connection)])),
    locate: (place, message, severity = 'error') => locate(draft, place, { message, severity }),
  };
}

const filesOf = ({ document, jobs }: DraftConnection): string[] =>
  [...new Set([document.file, ...jobs.map((job) => job.document.file)])].sort();

function locate(
  { connections }: Draft,
  { connection: name, job: jobName, path }: ConfigPlace,
  { message, severity }: { readonly message: string; readonly severity: Severity },
): Diagnostic {
  const connection = connections.find(({ spec }) => spec.name === name);
  if (connection === undefined) return fileProblem(name, message);
  const job = connection.jobs.find(({ spec }) => spec.name === jobName);
  if (job === undefined) return connectionProblem(connection, { path, message, severity });
  // Under `jobs:` of a connection the source is written flat.
  const written = job.fromCatalog && path[0] === 'source' ? path.slice(1) : path;
  return jobProblem(job, { path: written, message, severity });
}

/** Whether a document still has the names by which others refer to it. */
const isNamed = ({ kind, written }: CheckedDocument): boolean =>
  written.connection !== undefined &&
  (kind === 'connection' || (written.job !== undefined && written.target?.table !== undefined));
