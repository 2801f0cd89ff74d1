import { sleep } from '@temporalio/workflow';
import { BUDGET_WAIT } from '../domain/api-budget.ts';
import { isFailureOf, sentenceOf } from './run-end.ts';
import { showStep } from './show.ts';
import { whileAuthorized } from './while-authorized.ts';

/**
 * Does work for a job as soon as it may: while the connection is authorized, and while enough of the org's daily API calls is left. Waits durably, says so,
 * and does the work again; every activity is safe to repeat. Waiting holds no worker.
 */
export async function whileAllowed<T>(connection: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await whileAuthorized(connection, work);
    } catch (error) {
      if (!isFailureOf(error, 'SF_BUDGET_SPENT')) throw error;
      showStep(`Waiting: ${sentenceOf(error)}`);
    }
    await sleep(BUDGET_WAIT);
  }
}
