import { ERRORS, MooringError } from '../domain/errors.ts';
import type { RunEnd, StoredRun, SyncPorts } from './sync-ports.ts';

/**
 * Ends the rows that a run found to be gone, and returns how the run ends then: a success, or what stood in the way. What passes by itself is
 * thrown, to be tried again.
 */
export async function sweep(ports: SyncPorts, run: StoredRun): Promise<RunEnd> {
  try {
    if (run.plan) await ports.sweep(run, run.plan);
    return { status: 'success' };
  } catch (error) {
    if (!(error instanceof MooringError) || ERRORS[error.code] === 'wait') throw error;
    const status = error.code === 'FENCED' ? 'cancelled' : 'failed';
    return { status, errorCode: error.code, errorMessage: error.message };
  }
}
