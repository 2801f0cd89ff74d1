import { heartbeat } from '@temporalio/activity';
import { toFailure } from './to-failure.ts';

const HEARTBEAT_MS = 5_000;

/** The border of every activity: what goes wrong inside leaves as a failure that Temporal understands. */
export async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFailure(error);
  }
}

/** Tells Temporal every few seconds that we live, which also brings a cancellation here. */
export async function alive<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
