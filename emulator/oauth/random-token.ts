import { randomBytes } from 'node:crypto';

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** Tokens look like an org's: the alphabets and lengths that clients and databases meet. */
export const newAccessToken = (orgId: string): string => `${orgId.slice(0, 15)}!AQ${random(70).replaceAll('-', '.')}`;
export const newRefreshToken = (): string => `5Aep861${random(58).replaceAll('-', '.')}==`;
export const newCode = (): string => `aPrx${random(42)}==`;
export const newCookie = (): string => random(32);
