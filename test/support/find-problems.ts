/**
 * Returns in sentences what is wrong with a test run, given node's report in TAP and its exit status.
 *
 * Node calls a run with skipped tests, or without any, a success. Here it is none: a skipped test proves nothing.
 */
export function findProblems(tap: string, status: number): string[] {
  const total = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  const marked = [...tap.matchAll(/^\s*(?:not )?ok \d+ - (.*) # (?:SKIP|TODO)\b.*$/gm)].map(
    (match) => `"${match[1] ?? ''}"`,
  );
  const failed = total('fail') + total('cancelled');
  return [
    ...(total('tests') === 0 ? ['No test ran.'] : []),
    ...(failed > 0 ? [`Tests that failed: ${failed}.`] : []),
    ...(failed === 0 && status !== 0 ? [`The test runner ended with status ${status}.`] : []),
    ...(marked.length > 0 ? [`Tests marked as skipped or todo count as failed: ${marked.join(', ')}.`] : []),
  ];
}
