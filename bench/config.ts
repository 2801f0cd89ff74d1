import { argv } from 'node:process';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { createDeployments } from '../adapters/postgres/deployments.ts';
import type { Pool } from '../adapters/postgres/pool.ts';
import { createKeyring } from '../adapters/secrets/keyring.ts';
import { applyLoaded } from '../cli/apply.ts';
import type { CliContext } from '../cli/context.ts';
import { makePlan } from '../cli/make-plan.ts';
import type { System } from '../cli/system.ts';
import { createMooringClient } from '../client.ts';
import { loadTexts, type LoadedConfig } from '../config/load-config.ts';
import { countChanges } from '../domain/plan.ts';
import { createWorker } from '../worker.ts';
import { countedConnection, countedPool } from './counted-calls.ts';
import { noteOf, PAIRS, timed } from './sync/measure.ts';
import { startWorld } from './sync/world.ts';

/** Connections with eight jobs each: the six of the catalog and two of their own, each of these two with a schedule. */
const CONNECTIONS = Number(process.env['MOORING_BENCH_CONNECTIONS'] ?? 200);
/** The one with a grant: what changes is checked against its org. */
const CHANGED = 'to-config';
const provenance = {
  ...{ appliedBy: 'bench', commit: null, author: null, isDirty: null, rolledBackTo: null },
};
/** A busy machine answers late, and that is no fault of what is measured. */
const PATIENCE = { workerMs: 120_000, answerMs: 600_000 };

/** Its jobs as a team would write them; `every` is what changes. */
const yamlOf = (name: string, every: string): string =>
  [
    `connection: ${name}
schema: model_config
salesforce: { org: { env: BENCH_ORG }, clientId: { env: BENCH_ID }, clientSecret: { env: BENCH_SECRET } }
`,
    ...['Lead', 'Case'].map(
      (object) => `job: ${object.toLowerCase()}-sync
connection: ${name}
source: { object: ${object} }
target: { table: ${object.toLowerCase()} }
map: { sfid: Id, status: Status }
upsertKey: [sfid]
schedule: { every: ${object === 'Lead' ? every : '1d'}, paused: true }
`,
    ),
  ].join('---\n');

const texts = (every: string): { readonly file: string; readonly text: string }[] =>
  Array.from({ length: CONNECTIONS }, (_, index) => {
    const name = index === 0 ? CHANGED : `team-${index}`;
    return { file: `${name}.yaml`, text: yamlOf(name, index === 0 ? every : '1d') };
  });

function load(every: string): LoadedConfig {
  const loaded = loadTexts(texts(every));
  if (loaded.diagnostics.length > 0) throw new Error(JSON.stringify(loaded.diagnostics[0]));
  return loaded;
}

/** Statements and requests of one side, since they were last asked for. */
class Calls {
  #sql = 0;
  readonly #requests = new Map<string, number>();
  readonly onStatement = (): void => void (this.#sql += 1);
  readonly onRequest = (method: string): void => void this.#requests.set(method, (this.#requests.get(method) ?? 0) + 1);

  take(): string {
    const requests = [...this.#requests].sort().map(([method, count]) => `${count} ${method}`);
    const words = `${this.#sql} statements; requests to Temporal: ${requests.join(', ') || 'none'}`;
    this.#sql = 0;
    this.#requests.clear();
    return words;
  }
}

/** Where nobody reads what a command prints. */
const context: CliContext = {
  ...{ print: () => undefined, warn: () => undefined, exit: () => undefined },
  ...{ env: {}, cwd: '/', isTerminal: false, interrupted: new Promise(() => undefined) },
};

/** Both sides of a system whose calls are counted: the command's, and a worker's in this process. */
async function startCounted(address: string, pool: Pool) {
  const [command, worker] = [new Calls(), new Calls()];
  const connections = await Promise.all([
    Connection.connect({ address }),
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  const [commands, activities, connection] = connections;
  const client = new Client({ connection: countedConnection(commands, command.onRequest) });
  const running = await createWorker({
    connection,
    client: new Client({ connection: countedConnection(activities, worker.onRequest) }),
    pool: countedPool(pool, worker.onStatement),
    keyring: createKeyring(process.env['MOORING_KEY']),
    searchable: true,
  });
  const working = running.run();
  const mooring = createMooringClient({ client, searchable: true, patience: PATIENCE });
  const system = {
    ...{ client, mooring, pool: countedPool(pool, command.onStatement), searchable: true },
    settings: {} as System['settings'], // no codec
  } satisfies System;
  return {
    ...{ system, command, worker },
    async stop() {
      running.shutdown();
      await working;
      await Promise.all(connections.map((each) => each.close()));
    },
  };
}

/** Applies all connections as if each had been authorized, and waits for their schedules. */
async function deploy({ connections }: LoadedConfig, { pool, mooring }: System): Promise<void> {
  for (const spec of connections) await createDeployments(pool).store({ spec, rereads: [], provenance });
  await pool.query(
    `UPDATE mooring.connection AS c SET state = 'active', org_id = o.org_id
     FROM mooring.connection AS o WHERE o.name = $1 AND c.name <> o.name`,
    [CHANGED],
  );
  for (let from = 0; from < connections.length; from += 10)
    await Promise.all(
      connections.slice(from, from + 10).map(async ({ name }) => {
        await mooring.startConnection(name);
        await mooring.configure(name);
      }),
    );
}

/** Measures what a plan and an apply of one changed job cost among two hundred connections, and returns it as text. */
export async function benchConfig(): Promise<string> {
  const world = await startWorld({ config: {} });
  try {
    await world.connect('config');
    const counted = await startCounted(world.address, world.pool);
    const { system, command, worker } = counted;
    try {
      const before = load('1d');
      const deploying = await timed(() => deploy(before, system));
      const territory = { repository: null, files: [], folders: ['/'] };
      const place = {
        ...{ territory, provenance },
        declaredIn: (files: readonly string[]) => ({ repository: null, files: files.map((file) => `/${file}`) }),
      };
      const apply = (loaded: LoadedConfig) => applyLoaded(system, loaded, { yes: true, place, context });
      await apply(loadTexts(texts('1d').slice(0, 1))); // alone it is asked about, and its tables are made
      await apply(before); // notes where the connections are declared
      const seconds = { load: [] as number[], none: [] as number[], one: [] as number[], apply: [] as number[] };
      const calls = { none: '', one: '', apply: '', work: '' };
      for (let pair = 1; pair <= PAIRS; pair += 1) {
        let changed = before;
        seconds.load.push(await timed(async () => void (changed = load(`${pair}h`))));
        const deployed = pair === 1 ? before : load(`${pair - 1}h`);
        command.take();
        seconds.none.push(await timed(() => planned(system, deployed, territory, 0)));
        calls.none = command.take();
        seconds.one.push(await timed(() => planned(system, changed, territory, 1)));
        calls.one = command.take();
        worker.take();
        seconds.apply.push(await timed(() => apply(changed)));
        calls.apply = command.take();
        calls.work = worker.take();
      }
      return [
        `Configuration, ${CONNECTIONS} connections of eight jobs, ${2 * CONNECTIONS} schedules; middle value of ${PAIRS} (lowest … highest)`,
        `    deployed in ${deploying.toFixed(1)} s`,
        noteOf('check of the files', seconds.load, 's', 2),
        noteOf('plan without changes', seconds.none, 's', 2),
        `      ${calls.none}`,
        noteOf('plan of one changed job', seconds.one, 's', 2),
        `      ${calls.one}`,
        noteOf('apply of one changed job, its plan included', seconds.apply, 's', 2),
        `      ${calls.apply}`,
        `      the worker: ${calls.work}`,
      ].join('\n');
    } finally {
      await counted.stop();
    }
  } finally {
    await world.stop();
  }
}

async function planned(
  system: System,
  loaded: LoadedConfig,
  territory: NonNullable<Parameters<typeof makePlan>[1]['territory']>,
  expected: number,
): Promise<void> {
  const { plan } = await makePlan(system, { ...loaded, territory });
  const { create, update, delete: gone } = countChanges(plan);
  if (create + update + gone !== expected)
    throw new Error(
      `The plan has other changes: ${JSON.stringify(plan.connections.filter(({ changes }) => changes.length > 0).map(({ changes }) => changes))}`,
    );
}

if (argv[1] === import.meta.filename) console.log(await benchConfig());
