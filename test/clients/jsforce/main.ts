import type { Outcome } from '../outcome.ts';
import { bulkScenarios } from './bulk-scenarios.ts';
import { dataScenarios } from './data-scenarios.ts';
import { loginScenarios } from './login-scenarios.ts';

// jsforce, as published, against the emulator. Runs all scenarios, in order, and prints how each ended.
for (const { name, work } of [...loginScenarios, ...dataScenarios, ...bulkScenarios]) {
  const outcome: Outcome = await work().then(
    () => ({ scenario: name, passed: true }),
    (error: unknown) => ({
      scenario: name,
      passed: false,
      difference: error instanceof Error ? (error.stack ?? error.message).slice(0, 3000) : String(error),
    }),
  );
  if (!outcome.passed) process.exitCode = 1;
  console.log(JSON.stringify(outcome));
}
process.exit(); // jsforce may still be polling for a job that was given up
