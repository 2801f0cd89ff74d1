import type { ScheduleSpec } from '../../domain/job-spec.ts';
import { checkCron } from '../check-cron.ts';
import { checkTimeZone } from '../check-time-zone.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { listOf, quote } from '../../domain/did-you-mean.ts';
import { connectionProblem, isWritten, jobProblem, type Problem } from '../draft.ts';
import { durationMs } from '../../domain/duration.ts';
import { WHEN_KEYS } from '../schedule-words.ts';
import { allJobs, type Rule } from './rule.ts';

/** Temporal makes up for missed starts of the last ten seconds at least. */
const SHORTEST_CATCH_UP_MS = 10_000;
const SHORTEST_INTERVAL_MS = 60_000;

/** Every schedule, of jobs and of chains, says when in exactly one way that Temporal understands. */
export const checkSchedules: Rule = (draft) => [
  ...allJobs(draft).flatMap((job) =>
    scheduleProblems(job.spec.schedule, (key) => isWritten(job, ['schedule', key])).map((problem) =>
      jobProblem(job, below(problem, 'schedule')),
    ),
  ),
  ...draft.connections.flatMap((connection) =>
    connection.spec.chains.flatMap(({ name, schedule }): Diagnostic[] =>
      // A chain without a schedule, or with a word in its place, was reported as such.
      connection.document.has(['chains', name, 'schedule']) &&
      connection.document.textAt(['chains', name, 'schedule']) === undefined
        ? scheduleProblems(schedule, (key) => connection.document.has(['chains', name, 'schedule', key])).map(
            (problem) => connectionProblem(connection, below(problem, 'chains', name, 'schedule')),
          )
        : [],
    ),
  ),
];

const below = (problem: Problem, ...path: string[]): Problem => ({ ...problem, path: [...path, ...problem.path] });

/** @param isThere - whether a key is written, valid or not: a faulty one was reported and is not missing */
function scheduleProblems(schedule: ScheduleSpec | undefined, isThere: (key: string) => boolean): Problem[] {
  if (schedule === undefined) return [];
  const { cron, every, timezone, catchUpWindow } = schedule;
  const problems: Problem[] = [];
  const when = WHEN_KEYS.filter(isThere);
  const [, second] = when;
  if (second !== undefined) {
    const message = `The schedule has ${listOf(when, 'and')}. Keep one of them.`;
    problems.push({ path: [second], part: 'key', message });
  }
  if (when.length === 0) {
    const message =
      'The schedule does not say when. Add `every: 1h`, `daily: "02:00"` or `cron: "0 2 * * *"`, the latter two with a "timezone".';
    problems.push({ path: [], part: 'key', message });
  }
  if (cron !== undefined && isThere('cron'))
    problems.push(...checkCron(cron).map((problem) => ({ path: ['cron'], ...problem })));
  if (every !== undefined && durationMs(every) < SHORTEST_INTERVAL_MS) {
    problems.push({ path: ['every'], message: `${quote(every)} is too short an interval. The shortest is "1m".` });
  }
  if (timezone !== undefined && every !== undefined && when.length === 1) {
    problems.push({
      path: ['timezone'],
      part: 'key',
      message: 'A time zone goes with "cron" and times of day: an interval is the same everywhere. Remove it.',
    });
  }
  const zoneProblem = timezone === undefined ? undefined : checkTimeZone(timezone);
  if (zoneProblem !== undefined) problems.push({ path: ['timezone'], message: zoneProblem });
  if (catchUpWindow !== undefined && durationMs(catchUpWindow) < SHORTEST_CATCH_UP_MS) {
    problems.push({
      path: ['catchUpWindow'],
      message: `${quote(catchUpWindow)} is too short a window to make up for a missed start. The shortest is "10s".`,
    });
  }
  return problems;
}
