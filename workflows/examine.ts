import { ApplicationFailure } from '@temporalio/workflow';
import type { Examination } from '../domain/examination.ts';
import { examineConnection } from './connection-activities.ts';
import type { Entity } from './connection-entity.ts';
import type { ExamineChoice } from './messages.ts';
import { sentenceOf } from './run-end.ts';

/** Throws the sentence that says what the message lacks: somebody may have typed it. */
export function assertIsExaminable(choice: unknown): void {
  const { spec, count } = (choice ?? {}) as { readonly spec?: { readonly jobs?: unknown }; readonly count?: unknown };
  if (Array.isArray(spec?.jobs) && Array.isArray(count)) return;
  throw ApplicationFailure.nonRetryable('"examine" is sent by mooring plan: {"spec": {…}, "count": ["…"]}.', 'REFUSED');
}

/** Has a worker check a configuration against the org. That nobody could ask it is an answer, not a failure. */
export async function examine({ input, known }: Entity, choice: ExamineChoice): Promise<Examination> {
  const { revision, state } = known;
  try {
    return { ...(await examineConnection({ ...choice, connection: input.connection })), revision, state };
  } catch (error) {
    return { unexamined: `The org could not be asked: ${sentenceOf(error)}`, revision, state, findings: [], jobs: [] };
  }
}
