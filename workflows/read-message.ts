import { ApplicationFailure } from '@temporalio/workflow';
import { problemOfChoice } from '../domain/mode-choice.ts';
import type { Entity } from './connection-entity.ts';
import type { FinishedSync } from './messages.ts';

/*
 * Signals and updates are typed by hand in the Web UI too. A handler that throws on a strange one would stop the whole workflow, for
 * good, since Temporal keeps the message and tries again; so each is read like anybody's input.
 */

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Ids are UUIDs; whatever is longer is none and would only fill the history. */
const LONGEST_ID = 100;

export function readAttemptId(message: unknown): string | undefined {
  const attemptId = isObject(message) ? message['attemptId'] : undefined;
  return typeof attemptId === 'string' && attemptId !== '' && attemptId.length <= LONGEST_ID ? attemptId : undefined;
}

export function readReason(message: unknown): { readonly reason?: string } {
  const reason = isObject(message) ? message['reason'] : undefined;
  return typeof reason === 'string' ? { reason: reason.slice(0, 1_000) } : {};
}

export function readFinishedSync(message: unknown): FinishedSync | undefined {
  if (!isObject(message) || typeof message['syncId'] !== 'string' || !Array.isArray(message['jobs'])) return undefined;
  const jobs: readonly unknown[] = message['jobs'];
  const isSummary = (job: unknown): boolean =>
    isObject(job) && typeof job['job'] === 'string' && typeof job['status'] === 'string' && 'read' in job;
  return jobs.every(isSummary) ? (message as unknown as FinishedSync) : undefined;
}

/** Throws the sentence that says why no such run may start now. */
export function assertMayRun({ known, input }: Entity, choice: unknown): void {
  const refuse = (sentence: string): never => {
    throw ApplicationFailure.nonRetryable(sentence, 'REFUSED');
  };
  const { jobs, ...rest } = isObject(choice) ? choice : {};
  if (jobs !== undefined && !(Array.isArray(jobs) && jobs.every((name) => typeof name === 'string')))
    refuse('"jobs" is a list of job names, as {"jobs": ["company-sync"]}.');
  const problem = problemOfChoice(rest);
  if (problem !== undefined) refuse(problem);
  if (known.revision === 0) return; // not loaded yet: asked again when it is
  if (known.state !== 'active')
    refuse(`Connection "${input.connection}" is ${known.state.replaceAll('_', ' ')}; no job of it may run.`);
  const unknown = ((jobs ?? []) as readonly string[]).filter((name) => !known.jobs.some((job) => job.name === name));
  if (unknown.length === 0) return;
  const names = known.jobs.map(({ name }) => name).join(', ');
  refuse(`Connection "${input.connection}" has no job "${unknown.join('", "')}". Its jobs: ${names}.`);
}
