import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { emptyFolder } from '../support/empty-folder.ts';
import { PROJECT } from '../support/script.ts';
import { until } from '../support/until.ts';
import { whenTestsEnd } from '../support/when-tests-end.ts';
import type { World } from './world.ts';

export interface WorkerFleet {
  /** Starts one more worker process; resolves once it polls. Declare connections before: it inherits their secrets. */
  readonly start: () => Promise<void>;
  /** kill -9; resolves when the process is gone. */
  readonly kill: (pid: number) => Promise<void>;
}

/** Workers in processes of their own, all on the same task queue. What they log joins what the world said. */
export async function createFleet(world: World, slots: number): Promise<WorkerFleet> {
  const { workerDeps, temporal, databaseUrl, key, said, environment } = world;
  const bundle = join(await emptyFolder(), 'workflows.json');
  await writeFile(bundle, JSON.stringify(workerDeps.workflowBundle));
  const fleet = new Map<number, { readonly process: ChildProcess; readonly closed: Promise<unknown> }>();

  async function kill(pid: number): Promise<void> {
    const one = fleet.get(pid);
    if (one === undefined) throw new Error(`Process ${pid} is not of this fleet.`);
    one.process.kill('SIGKILL');
    await one.closed;
    fleet.delete(pid);
  }
  whenTestsEnd(async () => {
    await Promise.all([...fleet.keys()].map(kill));
  });

  return {
    kill,
    async start() {
      const { PATH = '', HOME = '' } = process.env;
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', fileURLToPath(new URL('./worker-process.ts', import.meta.url))],
        {
          cwd: PROJECT,
          env: {
            ...{ PATH, HOME, ...environment },
            ...{ STORM_DATABASE_URL: databaseUrl, STORM_TEMPORAL_ADDRESS: temporal.address },
            ...{ STORM_KEY: key, STORM_BUNDLE: bundle, STORM_SLOTS: String(slots) },
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      fleet.set(child.pid ?? 0, { process: child, closed: once(child, 'close') });
      let isPolling = false;
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', (line) => {
          said.push(line);
          isPolling ||= line.includes('"polling"');
        });
      }
      await until('the worker polls', () => {
        if (child.exitCode !== null) throw new Error(`The worker ended: ${said.slice(-20).join('\n')}`);
        return isPolling;
      });
    },
  };
}
