/** How one scenario ended, as its client's process prints it, one JSON text a line. */
export interface Outcome {
  readonly scenario: string;
  readonly passed: boolean;
  /** What was expected and what came, where it failed. */
  readonly difference?: string;
}

export interface ClientReport {
  readonly client: string;
  readonly outcomes: readonly Outcome[];
  /** Exit status of its process. */
  readonly status: number;
  /** What it wrote besides. */
  readonly complaints: string;
}

/** Scenarios that each client must run. */
export const FEWEST_SCENARIOS = 25;

/** Returns the outcomes among the lines that a process printed. */
export const outcomesOf = (text: string): Outcome[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{"scenario":'))
    .map((line) => JSON.parse(line) as Outcome);

/** Returns in sentences what is wrong with a client's run; a scenario counts once, and only when it ran to its end. */
export function problemsOf({ client, outcomes, status, complaints }: ClientReport): string[] {
  const names = outcomes.map((outcome) => outcome.scenario);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  const failed = outcomes.filter((outcome) => !outcome.passed);
  const count = new Set(names).size;
  return [
    ...failed.map((outcome) => `${client}: "${outcome.scenario}" failed.\n${outcome.difference ?? ''}`),
    ...twice.map((name) => `${client}: two scenarios are called "${name}".`),
    ...(count < FEWEST_SCENARIOS ? [`${client} ran ${count} scenarios; ${FEWEST_SCENARIOS} are the fewest.`] : []),
    ...(status !== 0 && failed.length === 0 ? [`${client} ended with status ${status}.\n${complaints}`] : []),
  ];
}
