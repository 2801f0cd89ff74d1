import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { startPostgres } from '../services/postgres.ts';
import { startTemporal } from '../services/temporal.ts';
import { launchChromium } from './support/chromium.ts';
import { findProblems } from './support/find-problems.ts';
import { TEST_SETTINGS } from './support/test-settings.ts';

const project = resolve(import.meta.dirname, '..');
const BROWSER_TESTS = join('test', 'browser');
const long = process.env['MOORING_LONG'] === '1';

/** Test files whose path holds one of the filters; all without filters. Those named `*.long.test.ts` only with MOORING_LONG=1. */
async function findTestFiles(filters: readonly string[]): Promise<string[]> {
  const names = await readdir(join(project, 'test'), { recursive: true });
  return names
    .filter((name) => name.endsWith('.test.ts') && (long || !name.endsWith('.long.test.ts')))
    .map((name) => relative(project, join(project, 'test', name)))
    .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
    .sort();
}

/**
 * The environment of the tests: our servers, and nothing that would lead to anybody else's. Without colours: a build machine sets
 * `CI` or `FORCE_COLOR`, and then printed plans would differ from those on a developer's.
 */
function testEnvironment(servers: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(TEMPORAL_|PG[A-Z]|DATABASE_URL$|MOORING_KEY$|FORCE_COLOR$)/.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1', ...servers };
}

/** Makes sure that the files that need a browser find one, and says where; fetches it where it lacks. */
async function chromiumFor(files: readonly string[]): Promise<Record<string, string>> {
  if (!files.some((file) => file.startsWith(BROWSER_TESTS))) return {};
  const { browser, program } = await launchChromium({ report: console.log });
  await browser.close();
  return { MOORING_CHROMIUM: program };
}

/** Runs the files, two at a time, and returns node's exit status and its report in TAP. */
async function runFiles(
  files: readonly string[],
  env: Record<string, string | undefined>,
): Promise<{ status: number; tap: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-test-'));
  const report = join(folder, 'report.tap');
  const reporters = ['spec', 'tap'].map((name) => `--test-reporter=${name}`);
  const destinations = ['stdout', report].map((place) => `--test-reporter-destination=${place}`);
  const limit = `--test-timeout=${(long ? 120 : 10) * 60_000}`; // of a whole file: one that hangs must not hang the build
  const options = ['--import', 'tsx', '--test', '--test-concurrency=2', limit, ...reporters, ...destinations];
  try {
    const child = spawn(process.execPath, [...options, ...files], {
      cwd: project,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    process.on('SIGTERM', () => child.kill()); // a Ctrl-C it gets by itself
    const status = await new Promise<number>((done) => child.once('exit', (code) => done(code ?? 1)));
    return { status, tap: await readFile(report, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function main(filters: readonly string[]): Promise<number> {
  const files = await findTestFiles(filters);
  if (files.length === 0) {
    console.error(`No test file under test/ matches "${filters.join('", "') || '*.test.ts'}".`);
    return 1;
  }
  const started = await Promise.allSettled([
    startPostgres({ settings: TEST_SETTINGS }),
    startTemporal({ headless: true, report: console.log }),
  ]);
  try {
    const [postgres, temporal] = started;
    if (postgres.status === 'rejected') throw postgres.reason as Error;
    if (temporal.status === 'rejected') throw temporal.reason as Error;
    const chromium = await chromiumFor(files);
    const env = testEnvironment({
      MOORING_TEST_PG_URL: postgres.value.url,
      MOORING_TEST_TEMPORAL_ADDRESS: temporal.value.address,
      ...chromium,
    });
    const { status, tap } = await runFiles(files, env);
    const problems = findProblems(tap, status);
    for (const problem of problems) console.error(problem);
    return problems.length === 0 ? 0 : 1;
  } finally {
    for (const service of started) if (service.status === 'fulfilled') await service.value.stop();
  }
}

// Both end the tests; we stay to stop the services.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
