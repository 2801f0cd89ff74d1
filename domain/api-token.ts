/** What a token is good for. One role each: a leaked token opens one door. */
export const API_TOKEN_ROLES = ['resolve', 'codec'] as const;

export type ApiTokenRole = (typeof API_TOKEN_ROLES)[number];

/** A token without an end is forgotten; a year is as long as anybody plans. */
export const LONGEST_TOKEN_LIFETIME_MS = 366 * 86_400_000;

/** Who a token speaks for. */
export interface ApiCaller {
  readonly tokenId: string;
  readonly role: ApiTokenRole;
  /** Null: every connection. */
  readonly connection: string | null;
}
