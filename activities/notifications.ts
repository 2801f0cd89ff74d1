import { MooringError } from '../domain/errors.ts';
import type { ConnectionSpec } from '../domain/connection-spec.ts';
import { ofEndedSync, type Notification } from '../domain/notification.ts';
import type { RunSummary } from '../domain/run.ts';
import { toFailure } from './to-failure.ts';

interface Waiting extends Notification {
  readonly id: string;
  readonly createdAt: Date;
}

/** All this file needs from outside. */
export interface NotificationPorts {
  readonly connection: (name: string) => Promise<{ readonly connectionId: string; readonly spec: ConnectionSpec }>;
  readonly notifications: {
    record(connectionId: string, notification: Notification): Promise<void>;
    waiting(connectionId: string): Promise<readonly Waiting[]>;
    markSent(id: string, problem?: string): Promise<void>;
    giveUp(id: string, problem: string): Promise<void>;
  };
  /**
   * Sends one mail, and returns the recipients whom the mail server refused while it took others.
   *
   * @throws MAIL_REFUSED when it took nobody; MAIL_UNREACHABLE; MAIL_NOT_SET_UP
   */
  readonly send: (mail: Waiting) => Promise<readonly string[]>;
}

export interface EndedSync {
  readonly syncId: string;
  readonly jobs: readonly RunSummary[];
}

export type NotificationActivities = ReturnType<typeof createNotificationActivities>;

async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFailure(error);
  }
}

/** Sends one mail; returns what the mail server refused for good, as a sentence. */
async function deliver({ notifications, send }: NotificationPorts, mail: Waiting): Promise<string | undefined> {
  try {
    const refused = await send(mail);
    const problem = refused.length === 0 ? undefined : `The mail server refused ${refused.join(', ')}.`;
    await notifications.markSent(mail.id, problem);
    return problem;
  } catch (error) {
    // Others may be taken; asking again for this one would be in vain.
    if (!(error instanceof MooringError) || error.code !== 'MAIL_REFUSED') throw error;
    await notifications.giveUp(mail.id, error.message);
    return error.message;
  }
}

export const createNotificationActivities = (ports: NotificationPorts) => ({
  /** Notes how syncs ended, for whom the configuration names. Safe to repeat: an end is noted once. Asks PostgreSQL only. */
  recordEnds: ({ connection, syncs }: { readonly connection: string; readonly syncs: readonly EndedSync[] }) =>
    named(async (): Promise<void> => {
      const { connectionId, spec } = await ports.connection(connection);
      for (const sync of syncs) {
        const notification = ofEndedSync(connection, spec.notify, sync);
        if (notification) await ports.notifications.record(connectionId, notification);
      }
    }),

  /**
   * Sends every mail of the connection that waits. Safe to repeat: what is sent is not sent again; only when a worker dies between the
   * mail server's word and our note of it may a mail come twice, under the same Message-ID.
   *
   * @returns what the mail server refused for good, as a sentence
   */
  sendMails: ({ connection }: { readonly connection: string }) =>
    named(async (): Promise<{ readonly problem?: string }> => {
      const { connectionId } = await ports.connection(connection);
      const problems: string[] = [];
      for (const mail of await ports.notifications.waiting(connectionId)) {
        const problem = await deliver(ports, mail);
        if (problem !== undefined) problems.push(problem);
      }
      return problems.length === 0 ? {} : { problem: problems.join(' ') };
    }),
});
