import type { Notification } from '../../domain/notification.ts';
import type { Client, Pool } from './pool.ts';

export interface WaitingNotification extends Notification {
  readonly id: string;
  readonly createdAt: Date;
}

/** Whoever hears of it later would look for something that is long over. */
const WORTH_TELLING = `interval '3 days'`;

const WAITING = `connection_id = $1 AND sent_at IS NULL AND problem IS NULL AND created_at > now() - ${WORTH_TELLING}`;

/** Notes what is to be told, in the transaction of what it tells of. Safe to repeat: an event is told once. */
export async function recordNotification(
  client: Pool | Client,
  connectionId: string,
  { event, recipients, subject, body }: Notification,
): Promise<void> {
  await client.query(
    `INSERT INTO mooring.notification (connection_id, event, recipients, subject, body) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (connection_id, event) DO NOTHING`,
    [connectionId, event, recipients, subject, body],
  );
}

/** The mails of a connection: written once, sent once where the mail server says so, given up with a reason. */
export const createNotifications = (pool: Pool) => ({
  record: (connectionId: string, notification: Notification) => recordNotification(pool, connectionId, notification),

  /** Returns what is not sent yet, oldest first. */
  async waiting(connectionId: string): Promise<readonly WaitingNotification[]> {
    const { rows } = await pool.query<WaitingNotification>(
      `SELECT id, event, recipients, subject, body, created_at AS "createdAt" FROM mooring.notification WHERE ${WAITING} ORDER BY id`,
      [connectionId],
    );
    return rows;
  },

  async isAnyWaiting(connectionId: string): Promise<boolean> {
    const { rowCount } = await pool.query(`SELECT FROM mooring.notification WHERE ${WAITING} LIMIT 1`, [connectionId]);
    return rowCount === 1;
  },

  /** @param problem - to whom it could not be sent, as a sentence */
  async markSent(id: string, problem?: string): Promise<void> {
    await pool.query('UPDATE mooring.notification SET sent_at = now(), problem = $2 WHERE id = $1', [id, problem]);
  },

  async giveUp(id: string, problem: string): Promise<void> {
    await pool.query('UPDATE mooring.notification SET problem = $2 WHERE id = $1', [id, problem]);
  },
});
