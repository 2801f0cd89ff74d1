import type { FastifyBaseLogger } from 'fastify';
import type { ServerPorts } from './ports.ts';

/**
 * Tells the connection's workflow that an attempt was answered. A failure is logged and not thrown: the answer is stored, the page
 * that follows the attempt asks again each second, and the workflow looks for waiting consents whenever it starts.
 */
export async function tellWorkflow(
  { signalConsent, attempts }: Pick<ServerPorts, 'signalConsent' | 'attempts'>,
  { attemptId, connection }: { readonly attemptId: string; readonly connection: string },
  log: FastifyBaseLogger,
): Promise<void> {
  try {
    await signalConsent(connection, attemptId);
    await attempts.markSignalled(attemptId);
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'unknown';
    log.warn({ connection, attemptId, reason }, 'the workflow could not be told about a consent yet');
  }
}
