import { fork, type ChildProcess } from 'node:child_process';

/** A process of its own that serves a bench, and tells about itself. */
export interface Serving {
  /** What the process said when it was ready: where it listens. */
  readonly url: string;
  readonly child: ChildProcess;
  /** Largest resident size since the process began, in MiB. */
  readonly peakRssMb: () => Promise<number>;
}

/**
 * Starts a module in a process of its own, so that what it does costs the bench itself nothing; resolves once it has called {@link report}.
 *
 * @param role - the module's first argument
 */
export async function serve(module: string, role: string, parameters: readonly string[]): Promise<Serving> {
  const child = fork(module, [role, ...parameters]);
  const message = (): Promise<string> =>
    new Promise((got, failed) => {
      const ended = (code: number | null): void => failed(new Error(`The ${role} process ended with ${String(code)}.`));
      child.once('exit', ended);
      child.once('message', (text) => {
        child.off('exit', ended);
        got(text as string);
      });
    });
  const url = await message();
  return {
    url,
    child,
    peakRssMb: async () => {
      const answer = message();
      child.send('rss');
      return Number(await answer);
    },
  };
}

/** Tells the parent that this process is ready, and from then on its largest resident size whenever it asks. */
export function report(url: string): void {
  // Kilobytes on Linux and macOS alike: Node.js unifies them.
  process.on('message', () => process.send?.(String(Math.round(process.resourceUsage().maxRSS / 1024))));
  process.send?.(url);
}
