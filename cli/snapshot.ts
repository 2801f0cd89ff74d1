import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createDeployments, type Deployment } from '../adapters/postgres/deployments.ts';
import { isError } from '../config/diagnostic.ts';
import { diskFiles } from '../config/find-files.ts';
import { loadConfig } from '../config/load-config.ts';
import { printDiagnostics } from '../config/print-diagnostics.ts';
import { printSnapshot } from '../config/snapshot-file.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import { MooringError } from '../domain/errors.ts';
import {
  objectsToAsk,
  SNAPSHOT_VERSION,
  type ConnectionSnapshot,
  type DescribedOrg,
  type Snapshot,
} from '../domain/snapshot.ts';
import { EXIT, type AddCommand, type CliContext } from './context.ts';
import { findPlace } from './git.ts';
import { inTurns } from './in-turns.ts';
import { findSnapshot, snapshotPlace } from './snapshot-place.ts';
import { withSystem, type System } from './system.ts';

interface SnapshotOptions {
  readonly env?: string;
  readonly output?: string;
}

/** A describe of an object with hundreds of fields is some hundred kilobytes, and Temporal carries two megabytes. */
const ASKED_AT_ONCE = 4;

/** Writes down what a plan asks the running system for. */
async function snapshot(paths: readonly string[], { env, output }: SnapshotOptions, context: CliContext) {
  const loaded = await loadConfig(paths, diskFiles, { environment: env });
  if (loaded.diagnostics.length > 0) context.warn(printDiagnostics(loaded.diagnostics));
  if (loaded.diagnostics.some(isError)) return EXIT.failed;
  const { territory } = await findPlace(paths, context.cwd);
  const place = snapshotPlace(paths, { environment: env, file: output });
  const before = await findSnapshot(place, context.cwd).catch(forgetUnusable);
  const taken = await withSystem(context, async (system) => {
    const deployed = await createDeployments(system.pool).list();
    return inTurns(loaded.connections, async (desired): Promise<Taken> => {
      const own = deployed.find(({ name }) => name === desired.name);
      if (own === undefined) return { desired };
      const old = before?.connections.find(({ name }) => name === desired.name);
      return {
        desired,
        ...(await take(system, { desired, deployed: own, old, isShared: territory.repository !== null })),
      };
    });
  });
  const connections = taken.flatMap(({ connection }) => connection ?? []);
  const whole: Snapshot = { version: SNAPSHOT_VERSION, takenAt: new Date().toISOString(), connections };
  await writeFile(resolve(context.cwd, place.file), printSnapshot(whole));
  const objects = connections.reduce((sum, { org }) => sum + (org?.objects.length ?? 0), 0);
  context.print(
    `Wrote ${place.file}: ${count(connections.length, 'connection')}, ${count(objects, 'object')}. Commit it; then anybody can: mooring plan ${paths.join(' ')} --offline`,
  );
  for (const { desired, connection } of taken)
    if (connection === undefined) context.print(`${desired.name}: left out, since it has not been applied yet.`);
  const problems = taken.flatMap(({ problem }) => problem ?? []);
  for (const problem of problems) context.warn(problem);
  return problems.length > 0 ? EXIT.failed : EXIT.clean;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** One that cannot be read is replaced, which is what its own message asks for. */
function forgetUnusable(error: unknown): undefined {
  if (error instanceof MooringError && error.code === 'SNAPSHOT_UNUSABLE') return undefined;
  throw error;
}

interface Taken {
  readonly desired: ConnectionSpec;
  /** Absent when it has not been applied yet. */
  readonly connection?: ConnectionSnapshot;
  /** Why its org could not be asked, as a sentence. */
  readonly problem?: string;
}

interface Subject {
  readonly desired: ConnectionSpec;
  readonly deployed: Deployment;
  readonly old: ConnectionSnapshot | undefined;
  /** Others name the files as we do. */
  readonly isShared: boolean;
}

/** What an earlier snapshot knew of an org that does not answer is kept. */
async function take(
  system: Pick<System, 'mooring'>,
  { desired, deployed, old, isShared }: Subject,
): Promise<Omit<Taken, 'desired'>> {
  const { name, revision, state, spec, declaredIn } = deployed;
  const own = {
    ...{ name, revision, state, spec },
    ...(isShared && declaredIn !== null ? { declaredIn } : {}),
  };
  if (state === 'awaiting_authorization') return { connection: own };
  const org = await describeOrg(system, desired, spec);
  if (typeof org !== 'string') return { connection: { ...own, org } };
  const kept = old?.org === undefined ? '' : ' What the snapshot knew of it is kept.';
  return {
    connection: { ...own, ...(old?.org === undefined ? {} : { org: old.org }) },
    problem: `${name}: ${org}${kept}`,
  };
}

/** Asks a worker for the objects, and for those that their answers lead to; returns a sentence when nobody can ask the org. */
async function describeOrg(
  { mooring }: Pick<System, 'mooring'>,
  desired: ConnectionSpec,
  deployed: ConnectionSpec,
): Promise<DescribedOrg | string> {
  let org: DescribedOrg = { apiVersion: desired.salesforce.apiVersion, objects: [], absent: [] };
  for (let open = objectsToAsk(desired, org); open.length > 0; open = objectsToAsk(desired, org)) {
    const describe = open.slice(0, ASKED_AT_ONCE);
    const answer = await mooring
      .examine(desired.name, { spec: { ...deployed, salesforce: desired.salesforce, jobs: [] }, count: [], describe })
      .catch(sentenceOf);
    if (typeof answer === 'string') return answer;
    if (answer.unexamined !== undefined) return answer.unexamined;
    const { described, findings } = answer;
    if (described === undefined) return findings[0]?.message ?? 'The org was not described.';
    const isThere = (name: string): boolean => described.some((each) => each.name.toLowerCase() === name.toLowerCase());
    org = {
      ...org,
      objects: [...org.objects, ...described].sort((a, b) => (a.name < b.name ? -1 : 1)),
      absent: [...org.absent, ...describe.filter((name) => !isThere(name))].sort(),
    };
  }
  return org;
}

function sentenceOf(error: unknown): string {
  if (error instanceof MooringError && error.code === 'CONNECTION_UNKNOWN')
    return 'Its workflow does not run, so its org could not be asked. Start it: mooring apply';
  throw error;
}

export const addSnapshot: AddCommand = (program, context) => {
  program
    .command('snapshot')
    .description('Write what the jobs read of their orgs to a file for git, so that plan --offline needs no system.')
    .argument('<path...>', 'files or folders of *.yaml')
    .option('--env <environment>', 'with the documents for this environment laid over the others')
    .option('--output <file>', 'where to write; else snapshot.json in the first of the folders')
    .addHelpText(
      'after',
      `
Workers ask the orgs, as for a plan. The file holds names and types of fields, and the configuration in force; no row and no secret.

Examples:
  $ mooring snapshot mooring/
  $ git add mooring/snapshot.json`,
    )
    .action(async (paths: string[], options: SnapshotOptions) => context.exit(await snapshot(paths, options, context)));
};
