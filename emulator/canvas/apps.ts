import type { Pool } from 'pg';
import { oauthError } from '../error-strings.ts';
import type { Org } from '../org.ts';

/** A connected app that shows a page of its own inside the org's pages. */
export interface CanvasApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  /** Where signed requests are posted to. */
  readonly canvasUrl: string;
}

/** Returns the Canvas apps that stand on the org's record pages, by client id. */
export async function canvasApps(pool: Pool, org: Org): Promise<CanvasApp[]> {
  const { rows } = await pool.query<CanvasApp>(
    `SELECT client_id AS "clientId", client_secret AS "clientSecret", scopes, canvas_url AS "canvasUrl" FROM emulator.app
     WHERE client_id = ANY ($1) AND canvas_url IS NOT NULL AND client_secret IS NOT NULL AND NOT blocked ORDER BY client_id`,
    [org.apps.map(({ clientId }) => clientId)],
  );
  return rows;
}

/** Puts an app onto record pages, or moves its page. Safe to repeat. @throws OAuthError invalid_client_id */
export async function setCanvasUrl(pool: Pool, clientId: string, canvasUrl: string): Promise<void> {
  const { rowCount } = await pool.query('UPDATE emulator.app SET canvas_url = $2 WHERE client_id = $1', [
    clientId,
    canvasUrl,
  ]);
  if (rowCount === 0) throw oauthError('invalidClientId');
}
